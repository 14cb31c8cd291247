"""What an editor shows of an answer, and whether there is more of it by now.

Invariant: what is on screen is only ever added to, and each addition is told once. A request's `Shown` counts for as
long as nothing has happened in its document since: no change, no move of the cursor, no newer request.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from lsp.plan import Plan, Request
    from lsp.suggestion import Suggestion


@dataclass(slots=True)
class Shown:
    """How a request was answered: with this text, empty for nothing; None as long as it has no answer."""

    request: Request
    plan: Plan
    started: float
    text: str | None = None

    def grows_into(self, text: str) -> bool:
        """Whether a text continues what was shown."""
        return self.text is not None and len(text) > len(self.text) and text.startswith(self.text)


class Growth(NamedTuple):
    """A suggestion that takes the place of a shorter one, in this version of its document."""

    uri: str
    version: int
    suggestion: Suggestion
