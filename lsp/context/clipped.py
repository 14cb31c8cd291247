"""What was just deleted or pasted, in any open document: it may well be wanted again elsewhere.

Invariant: it gives `MOST_CLIPS` at most, the latest first, each of a bounded size, and none outlives its document. What
is typed, or removed key by key, is no clip, and neither is a suggestion that was taken, as soon as that is told: of one
that was taken piece by piece only the last is. It knows of more than it gives, so that those take no other's place.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from lsp.document import Document

MOST_CLIPS = 3
LEAST_CHARACTERS = 30
MOST_CHARACTERS = 480
"""A clip is what is not shorter without its white space; of a longer one the first whole lines are kept."""


class Clip(NamedTuple):
    """A piece of text that came into a document, or went, all at once."""

    document: Document
    text: str


class Clipped:
    """The latest clips."""

    def __init__(self) -> None:
        self._clips: list[Clip] = []

    def add(self, document: Document, text: str) -> None:
        """Note a text that was put in or taken out, if it is long enough to be a clip."""
        text = text[: 4 * MOST_CHARACTERS].strip("\r\n")
        if len(text) > MOST_CHARACTERS:
            text = text[:MOST_CHARACTERS]
            text = text[: text.rfind("\n") + 1 or len(text)]
        if len("".join(text.split())) < LEAST_CHARACTERS:
            return
        kept = [each for each in self._clips if each.text != text]
        self._clips = [Clip(document, text), *kept][: 2 * MOST_CLIPS]

    def taken(self, text: str) -> None:
        """Drop what came in with a suggestion: nobody but the model wanted it."""
        self._clips = [each for each in self._clips if each.text not in text]

    def latest(self) -> tuple[Clip, ...]:
        """Give the clips, the latest first."""
        return tuple(self._clips[:MOST_CLIPS])

    def forget(self, document: Document) -> None:
        """Drop the clips of a document that was closed."""
        self._clips = [each for each in self._clips if each.document is not document]
