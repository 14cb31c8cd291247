"""An open document, and what is going on with it: where the cursor is, the request under way, and the engine's work.

Invariant: a document has one request under way at most, and one flight: the engine's work, which another may join.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

from lsp.document import Place
from lsp.outcome import DARK, OnScreen
from lsp.syntax.check import Syntax, hole_at

if TYPE_CHECKING:
    import asyncio

    from lsp.document import Document
    from lsp.growth import Shown
    from lsp.plan import Plan
    from lsp.suggestion import Heard
    from lsp.trigger import Silence

    Work = asyncio.Task[Heard | Silence]

TOP = Place(0, 0)


class Flight(NamedTuple):
    """The engine's work for one request, and for those that ask the same."""

    plan: Plan
    task: Work


@dataclass(slots=True)
class Opened:
    """An open document, and what is going on with it; `turn` ends, with the reason, when a request loses its place.

    `on_screen` is what was shown last: typing that agrees with it is not to make it blink.
    """

    document: Document
    cursor: Place = TOP
    revision: int = 0
    mirror_ms: float = 0.0
    typed: bool = False
    on_screen: OnScreen = DARK
    removal: bool = False
    shown: Shown | None = None
    turn: asyncio.Future[str] | None = None
    flight: Flight | None = None
    syntax: Syntax = field(init=False)

    def __post_init__(self) -> None:
        self.syntax = Syntax(self.document.language)

    def read_ahead(self, plan: Plan) -> None:
        """Parse the document while the engine works, so that its answer need not wait for that."""
        if plan.filters and plan.parse_check:
            self.syntax.read(hole_at(self.document, plan.cursor, plan.popup))

    def end_turn(self, reason: str) -> None:
        """End the request under way, or what was shown for it; its flight goes on for whoever joins it."""
        self.shown = None
        if self.turn is not None:
            self.turn.set_result(reason)
            self.turn = None

    def land(self) -> None:
        """Call off the engine's work: nobody waits for it any more."""
        if self.flight is not None:
            self.flight.task.cancel()
            self.flight = None
