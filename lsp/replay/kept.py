"""What of the accepted texts still stands in a document that is edited on.

Invariant: each accepted text is followed through every edit since. Text that is put right before or right behind it
does not belong to it, text put into it does. It is retained as in lsp/tally/retention.py: but for small edits.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from lsp.tally.retention import mostly_unchanged

if TYPE_CHECKING:
    from lsp.buffer import Edit


class _Taken(NamedTuple):
    text: str
    start: int
    end: int

    def after(self, edit: Edit) -> _Taken:
        start, end = edit.offset, edit.offset + edit.deleted
        moved = len(edit.inserted) - edit.deleted
        if end <= self.start:
            return self._replace(start=self.start + moved, end=self.end + moved)
        if start >= self.end:
            return self
        return self._replace(start=min(self.start, start), end=max(self.end, end) + moved)


class Kept:
    """The texts that were accepted in one document, and where they are by now."""

    def __init__(self) -> None:
        self._taken: list[_Taken] = []

    def accept(self, offset: int, text: str) -> None:
        """Follow a text that has just been put at an offset."""
        self._taken.append(_Taken(text, offset, offset + len(text)))

    def edited(self, edit: Edit) -> None:
        """Follow an edit, by its offsets in the text before it."""
        self._taken = [each.after(edit) for each in self._taken]

    def retained(self, document: str) -> int:
        """Count the accepted texts that stand there still."""
        return sum(mostly_unchanged(each.text, document[each.start : each.end]) for each in self._taken)
