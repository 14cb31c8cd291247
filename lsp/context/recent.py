"""Where somebody was lately: the places of the latest edits and rests of the cursor, in all open documents.

Invariant: it holds `MOST_PLACES` at most, the latest first, none near another; they move with the text around them, and
none outlives its document.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lsp.document import Document, Edit

MOST_PLACES = 16
LINES_ABOVE, LINES_BELOW = 8, 4
"""What is taken of a document around such a place."""


class Visit(NamedTuple):
    """A line of a document where somebody was."""

    document: Document
    line: int

    @property
    def text(self) -> str:
        """The lines around it, as they are now."""
        lines = self.document.lines
        return "".join(lines[max(self.line - LINES_ABOVE, 0) : self.line + LINES_BELOW + 1])

    def near(self, other: Visit) -> bool:
        """Whether the lines of the two would overlap."""
        return self.document is other.document and abs(self.line - other.line) <= LINES_ABOVE + LINES_BELOW


class Recent:
    """The latest places."""

    def __init__(self) -> None:
        self._visits: list[Visit] = []

    def visited(self, document: Document, line: int) -> None:
        """Note that somebody was there, in place of those near it, or of the oldest."""
        visit = Visit(document, line)
        kept = [each for each in self._visits if not each.near(visit)]
        self._visits = [visit, *kept][:MOST_PLACES]

    def edited(self, document: Document, edit: Edit) -> None:
        """Follow a change; a whole new text has no places of the old one."""
        moved = edit.end.line - edit.was_end.line
        kept = (each for each in self._visits if each.document is not document or not edit.whole)
        self._visits = [
            each._replace(line=max(each.line + moved, edit.start.line))
            if moved and each.document is document and each.line > edit.start.line
            else each
            for each in kept
        ]
        if not edit.whole:
            self.visited(document, edit.end.line)

    def elsewhere(self, document: Document) -> Iterator[Visit]:
        """Give the places in other documents, the latest first."""
        return (each for each in self._visits if each.document is not document)

    def forget(self, document: Document) -> None:
        """Drop the places of a document that was closed."""
        self._visits = [each for each in self._visits if each.document is not document]
