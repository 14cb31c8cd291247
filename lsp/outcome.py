"""How a request ended, and what that was made from.

Invariant: without a suggestion there is a reason.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from lsp.status import IDLE

if TYPE_CHECKING:
    from engine.messages import Timings
    from lsp.acceptance.verdict import Verdict
    from lsp.context.window import Window
    from lsp.explanation import Candidate
    from lsp.plan import Plan
    from lsp.reuse import Found
    from lsp.suggestion import Source, StageTimes, Suggestion

ORIGIN_CHARACTERS = 256
"""So much of what stands before a place tells it from others."""

REMOVING = "text is being removed"
"""Why nothing comes while somebody presses Backspace; the engine is not asked then."""


class Showing(NamedTuple):
    """A text on screen, from where its answer began, typed characters and all; how it was judged when it came up."""

    text: str
    verdict: Verdict | None


class OnScreen(NamedTuple):
    """What shows, or may be cycled to, and what stands before the place where its answer began."""

    before: str = ""
    showing: tuple[Showing, ...] = ()

    def left_of(self, text: str, typed: str, around: Window) -> Showing | None:
        """Find what typing left on screen of a text that some of was typed; None where it is not what shows there."""
        if self.before != origin(around, typed):
            return None
        shows = (each for each in self.showing if (typed + text).startswith(each.text) and len(each.text) > len(typed))
        longest = max(shows, key=lambda each: len(each.text), default=None)
        return longest and Showing(longest.text[len(typed) :], longest.verdict)


def origin(around: Window, typed: str) -> str:
    """Give the end of what stands before the place from which so much was typed."""
    return around.prefix[: len(around.prefix) - len(typed)][-ORIGIN_CHARACTERS:]


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
