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


class Basis(NamedTuple):
    """The answer that a request's end came from, what was made of each of its texts, and how the first was judged."""

    found: Found
    source: Source
    times: StageTimes
    candidates: tuple[Candidate, ...]
    verdict: Verdict | None = None


class OnScreen(NamedTuple):
    """All that the model had said of what shows, and how that was judged when it came up; empty where nothing shows."""

    said: str = ""
    verdict: Verdict | None = None


DARK = OnScreen()


class Outcome(NamedTuple):
    """How a request ended: with a suggestion, or with the reason why there is none.

    `plan` is missing where nothing was to be asked, `basis` where no answer was known or came in time.
    """

    suggestion: Suggestion | None
    reason: str = ""
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
        if not (self.suggestion and self.basis):
            return DARK
        return OnScreen(self.basis.found.answer.completed.text, self.basis.verdict)

    @property
    def continues(self) -> bool:
        """Whether it is what typing left of an older answer."""
        return self.suggestion is not None and self.suggestion.provenance.source == "typed-through"
