"""The latest requests of this server, how they went, and what was suggested: in memory, for as long as it fits.

Invariant: nothing in it outlives its document, and it holds `MOST` requests at most. Those that a newer one overtook
are not in it: nobody saw how they ended.
"""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from lsp.document import Position
    from lsp.explanation import Explanation
    from lsp.suggestion import Suggestion

MOST = 200


class Offered(NamedTuple):
    """A suggestion that went to the editor, and the account of its request."""

    suggestion: Suggestion
    explanation: Explanation


class History:
    """The latest requests, the oldest first."""

    def __init__(self) -> None:
        self._entries: deque[tuple[Explanation, Suggestion | None]] = deque(maxlen=MOST)

    def add(self, explanation: Explanation, suggestion: Suggestion | None) -> None:
        """Remember how a request went, in place of the oldest."""
        self._entries.append((explanation, suggestion))

    def offered(self, identity: str) -> Offered | None:
        """Find a suggestion, or one of the others beside it, by its id."""
        for explanation, first in reversed(self._entries):
            for suggestion in (first, *first.others) if first else ():
                if suggestion.provenance.id == identity:
                    return Offered(suggestion, explanation)
        return None

    def told(self, identity: str) -> Explanation | None:
        """Find the account of a suggestion's request."""
        offered = self.offered(identity)
        return offered.explanation if offered else None

    def latest(self, uri: str = "", position: Position | None = None) -> Explanation | None:
        """Find the latest request, of one document and at one position where those are given."""
        for told, _ in reversed(self._entries):
            if uri in ("", told.document) and position in (None, (told.line, told.column)):
                return told
        return None

    def forget(self, uri: str) -> None:
        """Drop what is known of a document."""
        kept = [entry for entry in self._entries if entry[0].document != uri]
        self._entries = deque(kept, maxlen=MOST)
