"""Where a stretch of a document is by now, after the edits that have been made since.

Invariant: text that is put right before or right behind the stretch does not belong to it, text put into it does.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from lsp.document import Place
from lsp.text import extent

if TYPE_CHECKING:
    from lsp.document import Document, Edit


class Anchor(NamedTuple):
    """A stretch of a document."""

    start: Place
    end: Place

    def text(self, document: Document) -> str:
        """Give what stands there; the anchor is one of this state of the document."""
        return document.between(self.start, self.end)

    def after(self, edit: Edit, document: Document, original: str) -> Anchor:
        """Follow the stretch, which was `original` at first, through the edit that led to this state of its document.

        Where one edit replaces it together with what is around it, as formatters do, it is looked for letter by
        letter in what came instead; what only touches it becomes a part of it.
        """
        if edit.start <= self.start and self.end <= edit.was_end and edit.start < edit.was_end:
            before, found, _ = document.between(edit.start, edit.end).partition(original)
            if found:
                start = end_of(before, edit.start)
                return Anchor(start, end_of(original, start))
        return Anchor(_start_after(self.start, edit), _end_after(self.end, edit))


def end_of(text: str, start: Place) -> Place:
    """Tell where a text ends that begins at a place."""
    lines, characters = extent(text)
    return Place(start.line + lines, characters if lines else start.character + characters)


def _start_after(place: Place, edit: Edit) -> Place:
    if place < edit.start:
        return place
    return _shifted(place, edit) if place >= edit.was_end else edit.start


def _end_after(place: Place, edit: Edit) -> Place:
    if place <= edit.start:
        return place
    return _shifted(place, edit) if place >= edit.was_end else edit.end


def _shifted(place: Place, edit: Edit) -> Place:
    """Move a place that stands behind an edit."""
    line = place.line + edit.end.line - edit.was_end.line
    if place.line > edit.was_end.line:
        return Place(line, place.character)
    return Place(line, place.character + edit.end.character - edit.was_end.character)
