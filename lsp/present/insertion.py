"""What the editor is to insert for a text, and where.

Invariant: only here the document's own line endings come back into a text.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from lsp.text import with_endings

if TYPE_CHECKING:
    from lsp.context.window import Popup
    from lsp.document import Document, Place


class Insertion(NamedTuple):
    """Text to put where start..end is; both lie on one line."""

    text: str
    start: Place
    end: Place


def insertion(text: str, document: Document, cursor: Place, popup: Popup | None = None) -> Insertion:
    """Say what the editor is to insert: with the document's line endings, and from the popup's entry on."""
    text = with_endings(text, document.newline)
    return Insertion(popup.text + text, popup.start, popup.end) if popup else Insertion(text, cursor, cursor)
