r"""Text as an editor without a screen holds it: one string, edits by offset, positions on demand.

Invariant: offsets and columns count code points; lines end at \n, \r\n and \r and nowhere else, as LSP says.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

import msgspec

from lsp.errors import BadInput

if TYPE_CHECKING:
    from collections.abc import Iterator

LINE_END = re.compile(r"\r\n|\n|\r")


class Edit(msgspec.Struct, frozen=True):
    """Delete `deleted` characters at `offset`, then insert `inserted` there."""

    offset: int
    deleted: int
    inserted: str

    def apply(self, text: str) -> str:
        """Give the text after this edit."""
        return text[: self.offset] + self.inserted + text[self.offset + self.deleted :]


class Place(NamedTuple):
    """A position in a text, both from 0, as LSP counts."""

    line: int
    column: int


def place_of(text: str, offset: int) -> Place:
    """Find the place of an offset."""
    line = text.count("\n", 0, offset) + text.count("\r", 0, offset) - text.count("\r\n", 0, offset)
    return Place(line, offset - line_start(text, offset))


def line_start(text: str, offset: int) -> int:
    """Find where the line of an offset begins."""
    return max(text.rfind("\n", 0, offset), text.rfind("\r", 0, offset)) + 1


def lines_of(text: str) -> Iterator[tuple[int, str]]:
    """Yield each line without its end, and the offset where it begins; one more than there are line ends."""
    start = 0
    for end in LINE_END.finditer(text):
        yield start, text[start : end.start()]
        start = end.end()
    yield start, text[start:]


def offset_of(text: str, line: int, column: int) -> int:
    """Find the offset of a line and column, both from 1. Raises BadInput when the text has no such place."""
    lines = list(lines_of(text))
    if not 1 <= line <= len(lines):
        raise BadInput(f"Line {line} does not exist: the file's lines are 1 to {len(lines)}.")
    start, content = lines[line - 1]
    if not 1 <= column <= len(content) + 1:
        raise BadInput(f"Column {column} does not exist: the columns of line {line} are 1 to {len(content) + 1}.")
    return start + column - 1
