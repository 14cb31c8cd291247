r"""One open document as the editor has it: a list of lines that incremental changes are applied to.

Invariant: the joined lines are the editor's text, unit for unit. Each line but the last ends in \n, \r\n or a \r that
no \n follows; the last has no ending. Positions that lie outside are clamped, as LSP asks. An edit costs
what the touched lines cost, besides one shift of the list.
"""

from __future__ import annotations

from typing import NamedTuple

from lsp.text import Encoding, content, cut, extent, join, split_lines, units


class Place(NamedTuple):
    """A place in a document: its line, and how many characters stand before it there."""

    line: int
    character: int


class Position(NamedTuple):
    """A place as LSP writes it: the column counts units of the negotiated encoding and may lie anywhere."""

    line: int
    column: int


class Change(NamedTuple):
    """One change of a document: a new text for a range, or for the whole (start and end None)."""

    text: str
    start: Position | None = None
    end: Position | None = None


class Edit(NamedTuple):
    """What a change did: what was at start..was_end is at start..end now.

    `removal` is whether it only removed, `whole` whether it brought a whole new text; else the texts that
    stood and stand there are `was` and `now`.
    """

    start: Place
    was_end: Place
    end: Place
    removal: bool
    whole: bool = False
    was: str = ""
    now: str = ""


class Document:
    """The mirror of one document; the only mutable thing in it is its text with its version."""

    def __init__(self, uri: str, language: str, version: int, text: str, encoding: Encoding) -> None:
        self.uri = uri
        self.language = language
        self.version = version
        self.encoding: Encoding = encoding
        self._fill(text)

    def _fill(self, text: str) -> None:
        self.lines = split_lines(join(text))
        self.characters = len(text)
        self.nuls = text.count("\0")

    @property
    def text(self) -> str:
        """The whole text; costs its length, so nothing on the way of a keystroke asks for it."""
        return "".join(self.lines)

    @property
    def newline(self) -> str:
        """The line ending in use, as the first line has it."""
        return self.lines[0][len(content(self.lines[0])) :] or "\n"

    def replace_all(self, text: str) -> Edit:
        """Take a whole new text."""
        was_end = self._end
        self._fill(text)
        return Edit(Place(0, 0), was_end, self._end, removal=False, whole=True)

    def replace(self, start: Position, end: Position, text: str) -> Edit:
        """Put `text` where start..end was; a reversed range is read the right way round."""
        start, end = sorted((self._clamped(start), self._clamped(end)))
        first, last = start.line, end.line
        head = cut(self.lines[first], start.column, self.encoding)[0]
        tail = cut(self.lines[last], end.column, self.encoding)[1]
        head, first = self._with_carriage_return(head, text or tail, first)
        removed = self.lines[first : last + 1]
        edited, was_end = Place(first, len(head)), Place(last, len(self.lines[last]) - len(tail))
        was = self.between(edited, was_end)
        added = split_lines(join(head, text, tail))
        if last < len(self.lines) - 1:
            added.pop()  # the tail brought its line's ending: the next line stands in the list already
        self.lines[first : last + 1] = added
        self._count(removed, added)
        lines, characters = extent(join(head, text))
        only_removed = not text and removed != added
        return Edit(edited, was_end, Place(first + lines, characters), only_removed, was=was, now=text)

    def _with_carriage_return(self, head: str, following: str, first: int) -> tuple[str, int]:
        r"""Take the line above along where its lone \r is about to meet a \n."""
        if not head and first and following.startswith("\n") and self.lines[first - 1].endswith("\r"):
            return self.lines[first - 1], first - 1
        return head, first

    def _count(self, removed: list[str], added: list[str]) -> None:
        self.characters += sum(map(len, added)) - sum(map(len, removed))
        self.nuls += sum(line.count("\0") for line in added) - sum(line.count("\0") for line in removed)

    @property
    def _end(self) -> Place:
        return Place(len(self.lines) - 1, len(self.lines[-1]))

    def between(self, start: Place, end: Place) -> str:
        """Give the text from one place to another; what lies outside of the document is empty."""
        if start.line == end.line:
            return "".join(self.lines[start.line : start.line + 1])[start.character : end.character]
        first, *rest = self.lines[start.line : end.line + 1] or [""]
        if len(rest) == end.line - start.line:
            rest[-1] = rest[-1][: end.character]
        return "".join([first[start.character :], *rest])

    def _clamped(self, position: Position) -> Position:
        if position.line < len(self.lines):
            return Position(max(position.line, 0), position.column if position.line >= 0 else 0)
        return Position(len(self.lines) - 1, units(self.lines[-1], self.encoding))

    def place(self, position: Position) -> Place:
        """Find the place that a position means."""
        line, column = self._clamped(position)
        return Place(line, len(cut(self.lines[line], column, self.encoding)[0]))

    def position(self, place: Place) -> Position:
        """Write a place as the editor counts."""
        return Position(place.line, units(self.lines[place.line][: place.character], self.encoding))
