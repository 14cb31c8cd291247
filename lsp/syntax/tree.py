r"""A document's syntax tree, kept from one look to the next, and what an insertion would make of it.

Invariant: a tree is that of exactly the text it was asked for. What has changed since the last look is found by
comparing the two texts by halving: keeping count of the edits in bytes would be on the way of each keystroke, and could
drift. Texts are UTF-8 with \n for a line ending.
"""

from __future__ import annotations

import math
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from tree_sitter import Language, Node, Tree

MOST_ERRORS = 64  # a text with more is broken through and through
CHUNK_BYTES = 1 << 16


class OutOfTime(Exception):
    """A parse was given up when its time was over."""


@dataclass(frozen=True, slots=True)
class Errors:
    """Where in a text, in bytes, the pieces begin that a parser had to skip or to make up."""

    starts: tuple[int, ...]

    @property
    def count(self) -> int:
        """How many there are."""
        return len(self.starts)

    def within(self, start: int, end: int) -> int:
        """Count those that begin in a part of the text."""
        return sum(start <= at <= end for at in self.starts)


class Parsed:
    """The tree of one document, and the errors in it."""

    def __init__(self, language: Language) -> None:
        from tree_sitter import Parser  # noqa: PLC0415 - a start must not wait for it

        self._parser = Parser(language)
        self._text = b""
        self._tree: Tree | None = None

    def read(self, text: bytes, until_s: float) -> None:
        """Make `text` the document's. Raises OutOfTime at `until_s`, on `time.perf_counter`."""
        if self._tree is None:
            self._tree = self._parse(text, None, until_s)
        elif text != self._text:
            self._tree = self._parse(text, self._edited(text), until_s)
        self._text = text

    def errors(self, text: bytes, until_s: float) -> Errors:
        """Find the errors of a text that is much like the document's. Raises OutOfTime."""
        tree = self._tree
        if tree is None or text != self._text:
            tree = self._parse(text, self._edited(text), until_s)
        return find_errors(tree.root_node, until_s)

    def _edited(self, text: bytes) -> Tree | None:
        """Tell a copy of the tree where a text differs from the one that it is of."""
        if self._tree is None:
            return None
        start = _common(self._text, text)
        behind = _common_end(self._text, text, start)
        tree = self._tree.copy()
        old_end, new_end = len(self._text) - behind, len(text) - behind
        tree.edit(start, old_end, new_end, _point(text, start), _point(self._text, old_end), _point(text, new_end))
        return tree

    def _parse(self, text: bytes, old: Tree | None, until_s: float) -> Tree:
        def chunk(start: int, _point: object) -> bytes:
            return text[start : start + CHUNK_BYTES]

        def over(_at: int, _failing: bool) -> bool:
            return time.perf_counter() > until_s

        try:
            if old is None:
                return self._parser.parse(chunk, progress_callback=over)
            return self._parser.parse(chunk, old, progress_callback=over)
        except ValueError as error:  # what the binding raises for a parse that was called off
            self._parser.reset()
            raise OutOfTime from error


def find_errors(root: Node, until_s: float = math.inf) -> Errors:
    """Find what the parser skipped or missed, up to MOST_ERRORS. Raises OutOfTime."""
    starts: list[int] = []
    waiting = [root]
    while waiting and len(starts) < MOST_ERRORS:
        if time.perf_counter() > until_s:
            raise OutOfTime
        node = waiting.pop()
        if node.is_error or node.is_missing:
            starts.append(node.start_byte)
        if node.has_error:
            waiting.extend(node.children)
    return Errors(tuple(starts))


def _common(one: bytes, other: bytes) -> int:
    """Count the bytes that two texts have in common at their starts, by halving."""
    return _longest(min(len(one), len(other)), lambda count: one[:count] == other[:count])


def _common_end(one: bytes, other: bytes, start: int) -> int:
    """Count the bytes that two texts have in common at their ends, not counting the first `start`."""
    most = min(len(one), len(other)) - start
    return _longest(most, lambda count: one[len(one) - count :] == other[len(other) - count :])


def _longest(most: int, same: Callable[[int], bool]) -> int:
    """Find the largest count that holds, where each smaller one holds, too."""
    least = 0
    while least < most:
        middle = (least + most + 1) // 2
        if same(middle):
            least = middle
        else:
            most = middle - 1
    return least


def _point(text: bytes, at: int) -> tuple[int, int]:
    """Give a place's row, and its column in bytes."""
    return text.count(b"\n", 0, at), at - text.rfind(b"\n", 0, at) - 1
