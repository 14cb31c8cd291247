"""How a request ended, and what that was made from.

Invariant: without a suggestion there is a reason.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from lsp.status import IDLE

if TYPE_CHECKING:
    from engine.messages import Timings
    from lsp.acceptance.verdict import Verdict
    from lsp.explanation import Candidate
    from lsp.plan import Plan
    from lsp.reuse import Found
    from lsp.suggestion import Source, StageTimes, Suggestion

REMOVING = "text is being removed"
"""Why nothing comes while somebody presses Backspace; the engine is not asked then."""


class OnScreen(NamedTuple):
    """All that the model had said of what shows, and up to which character of that it does; nothing where that is 0.

    `verdict` is how it was judged when it came up.
    """

    said: str = ""
    end: int = 0
    verdict: Verdict | None = None

    def left_of(self, found: Found) -> int:
        """Count the characters that typing left on screen, if an answer is what shows there, or goes on from it."""
        goes_on = found.typed and found.answer.completed.text.startswith(self.said)
        return max(self.end - found.typed, 0) if goes_on else 0


DARK = OnScreen()


class Basis(NamedTuple):
    """The answer that a request's end came from, what was made of each of its texts, and what shows of the first."""

    found: Found
    source: Source
    times: StageTimes
    candidates: tuple[Candidate, ...]
    on_screen: OnScreen


class Outcome(NamedTuple):
    """How a request ended: with a suggestion, which may continue what is on screen, or with the reason for none.

    `plan` is missing where nothing was to be asked, `basis` where no answer was known or came in time.
    """

    suggestion: Suggestion | None
    reason: str = ""
    continues: bool = False
    superseded: bool = False
    asked: bool = False
    engine: Timings = IDLE
    plan: Plan | None = None
    basis: Basis | None = None

    @property
    def text(self) -> str:
        """What is suggested; empty for nothing."""
        return self.suggestion.text if self.suggestion else ""

    @property
    def on_screen(self) -> OnScreen:
        """What shows then."""
        return self.basis.on_screen if self.suggestion and self.basis else DARK
