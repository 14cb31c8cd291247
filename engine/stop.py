"""Where a completion ends: at the natural end of its line or block, or at its last whole piece when it was cut short.

Invariant: what is kept is a beginning of the text and ends in no white space. All functions are pure: `before` is the
cursor's line left of the cursor, `text` what was generated behind it so far.

Blocks are told by indentation and closing brackets alone, which holds well enough in every language that people indent.
"""

from __future__ import annotations

import io
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from engine.messages import Shape, Stop

LONGEST_PERIOD = 64  # tokens: longer loops are left to the token limit
LOOP_TOKENS = 24  # a loop is at least this long, so that a row of zeros may stand
LOOP_TURNS = 3

_CLOSERS = re.compile(r"[)\]}]+[;,]*")
_OPEN_WORD = re.compile(r"(\b\d+\.)?\w+$")
_LINE_END = re.compile(r"[\r\n]")
_BLANK_LINES = 2  # that many end a block


class Ending(NamedTuple):
    """The text to keep and why it ends there."""

    text: str
    stop: Stop


def natural_end(shape: Shape, before: str, text: str) -> Ending | None:
    """Find the end of the line or block, if the text has reached it."""
    visible = len(text) - len(text.lstrip())
    if not before.strip() and text.count("\n", 0, visible) > 1:
        return Ending("", shape)  # one blank line may be meant; more are nothing to show
    if shape == "line":
        # On a blank line the cursor may be one line early; behind visible text the line is complete as it is.
        found = _LINE_END.search(text, 0 if before.strip() else visible)
        return Ending(text[: found.start()].rstrip(), "line") if found else None
    end = _block_end(before, text)
    return None if end is None else Ending(text[:end].rstrip(), "block")


def whole_piece(shape: Shape, before: str, text: str) -> str:
    """Keep the most of an unfinished text that can be shown: whole lines of a block, or whole words of a line."""
    if shape == "block" and (lines := whole_lines(text)):
        return lines
    kept = _OPEN_WORD.sub("", text)
    quote = open_quote(before + kept)
    if quote is not None and quote >= len(before):
        kept = _OPEN_WORD.sub("", kept[: quote - len(before)])  # and the letters of a string like rb""
    return kept.rstrip()


def whole_lines(text: str) -> str:
    """Keep the lines that have come to their end."""
    return text[: text.rfind("\n") + 1].rstrip()


def loop_start(ids: Sequence[int]) -> int | None:
    """Find where the loop that the ids end in began, if they have gone round it several times."""
    for period in range(1, min(LONGEST_PERIOD, len(ids) // LOOP_TURNS) + 1):
        start = len(ids) - period
        while start and ids[start - 1] == ids[start - 1 + period]:
            start -= 1
        if len(ids) - start >= max(LOOP_TOKENS, LOOP_TURNS * period):
            return start
    return None


def open_quote(line: str) -> int | None:
    """Find where the string literal that a line ends in begins, if it ends in one. Comments hold no strings."""
    quote, start, position = "", 0, 0
    while position < len(line):
        character = line[position]
        if quote and character == "\\":
            position += 1
        elif quote:
            quote = "" if character == quote else quote
        elif character in "\"'`":
            quote, start = character, position
        elif character == "#" or line.startswith("//", position):
            return None
        position += 1
    return start if quote else None


@dataclass(frozen=True, slots=True)
class _Line:
    """A line that is not blank: where it begins in the text, its indentation, and what stands there."""

    start: int
    indent: int
    words: str
    finished: bool
    blank_before: int


def _block_end(before: str, text: str) -> int | None:
    """Find where the block ends, as a position in the text; None while more of it may come."""
    floor: int | None = None
    first: _Line | None = None
    for line in _lines(before, text):
        if first is None:
            first = line
            floor = None if before.strip() else line.indent
            continue
        if line.blank_before >= _BLANK_LINES:
            return line.start
        if floor is None:  # the cursor's line opened a block if the next one is deeper, or else it stands in one
            floor = first.indent + (line.indent > first.indent)
        if line.indent < floor:
            return _closed_end(line)
        if floor == 0 and line.indent == 0 and line.blank_before:
            return line.start  # the module's own scope never closes: a paragraph is its block
    blank = len(text) - len(text.rstrip())
    return len(text) - blank if first and text.count("\n", len(text) - blank) > _BLANK_LINES else None


def _closed_end(line: _Line) -> int | None:
    """Find the end of a block at its first line of less indentation: behind the brackets that close it, if any do."""
    closers = _CLOSERS.match(line.words)
    if closers is None:
        return line.start
    if closers.end() == len(line.words) and not line.finished:
        return None
    return line.start + line.indent + closers.end()


def _lines(before: str, text: str) -> Iterator[_Line]:
    """Yield the lines that are not blank, from the cursor's own on."""
    start, blank = -len(before), 0
    for content in io.StringIO(before + text, newline=""):  # not at form feeds and the like, as str.splitlines would
        words = content.strip()
        if words:
            yield _Line(start, len(content) - len(content.lstrip()), words, content.endswith(("\n", "\r")), blank)
        blank = 0 if words else blank + 1
        start += len(content)
