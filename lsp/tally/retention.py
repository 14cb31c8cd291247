"""Whether what was accepted is still there a while later.

Invariant: an accepted suggestion is looked at once at each of `HORIZONS_S`, if its document is still open and its
text was ever seen to stand where it was to be put; otherwise nothing is said of it.

Editors tell of an accept before the change that it makes, or behind it: so the text may be due with the next change.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from lsp.tally.anchor import Anchor, end_of
from lsp.tally.distance import mostly_unchanged

if TYPE_CHECKING:
    from collections.abc import Callable

    from lsp.document import Document, Edit, Place
    from lsp.tally.page import Label

HORIZONS_S = (30, 120)
MOST_WATCHED = 200
"""Beyond this, the one that was accepted first is watched no longer."""


@dataclass(slots=True, eq=False)
class Taken:
    """An accepted suggestion, and where its text is; None as long as that is due."""

    label: Label
    document: Document
    text: str
    start: Place
    anchor: Anchor | None = None


class Retention:
    """Follows accepted suggestions.

    `settle` is told of each, after how many seconds, and whether it was retained; `later` calls back after so many.
    """

    def __init__(
        self, settle: Callable[[Label, int, bool], None], later: Callable[[float, Callable[[], None]], object]
    ) -> None:
        self._settle = settle
        self._later = later
        self._watched: list[Taken] = []

    def accept(self, document: Document, start: Place, text: str, label: Label) -> None:
        """Follow a text that was put at a place, or is about to be."""
        taken = Taken(label, document, text, start)
        _find(taken)
        self._watched = [*self._watched, taken][-MOST_WATCHED:]
        for seconds in HORIZONS_S:
            self._later(seconds, partial(self._look, taken, seconds))

    def edited(self, document: Document, edit: Edit) -> None:
        """Follow an edit, which led to the document's present state."""
        for taken in self._watched:
            if taken.document is document and taken.anchor is not None:
                taken.anchor = taken.anchor.after(edit, document, taken.text)

    def changed(self, document: Document) -> None:
        """Look for what was due with the change that has been applied: it is there, or nobody knows where it went."""
        for taken in self._watched:
            if taken.document is document and taken.anchor is None:
                _find(taken)
        self._watched = [taken for taken in self._watched if taken.document is not document or taken.anchor is not None]

    def close(self, document: Document) -> None:
        """Stop following what was put into a document."""
        self._watched = [taken for taken in self._watched if taken.document is not document]

    def clear(self) -> None:
        """Stop following anything."""
        self._watched.clear()

    def _look(self, taken: Taken, seconds: int) -> None:
        if taken not in self._watched or taken.anchor is None:
            return
        self._settle(taken.label, seconds, mostly_unchanged(taken.text, taken.anchor.text(taken.document)))
        if seconds == HORIZONS_S[-1]:
            self._watched.remove(taken)


def _find(taken: Taken) -> None:
    anchor = Anchor(taken.start, end_of(taken.text, taken.start))
    if anchor.text(taken.document) == taken.text:
        taken.anchor = anchor
