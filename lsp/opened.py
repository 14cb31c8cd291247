"""An open document, and what is going on with it: where the cursor is, the request under way, and the engine's work.

Invariant: a document has one request under way at most, and one flight: the engine's work, which another may join.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from lsp.document import Place

if TYPE_CHECKING:
    import asyncio

    from lsp.document import Document
    from lsp.growth import Shown
    from lsp.plan import Plan
    from lsp.suggestion import Heard
    from lsp.trigger import Silence

TOP = Place(0, 0)


class Flight(NamedTuple):
    """The engine's work for one request, and for those that ask the same."""

    plan: Plan
    task: asyncio.Task[Heard | Silence]


@dataclass(slots=True)
class Opened:
    """An open document, and what is going on with it; `turn` ends, with the reason, when a request loses its place.

    `on_screen` is what the model had said, where something of it was shown last, else empty: typing that agrees with it
    is not to make it blink.
    """

    document: Document
    cursor: Place = TOP
    revision: int = 0
    mirror_ms: float = 0.0
    typed: bool = False
    on_screen: str = ""
    removal: bool = False
    shown: Shown | None = None
    turn: asyncio.Future[str] | None = None
    flight: Flight | None = None

    def end_turn(self, reason: str) -> None:
        """End the request under way, or what was shown for it; its flight goes on for whoever joins it."""
        self.shown = None
        if self.turn is not None:
            self.turn.set_result(reason)
            self.turn = None

    def begins(self, said: str) -> bool:
        """Whether what is on screen is the beginning of something that the model says, which goes on."""
        return bool(self.on_screen) and len(said) > len(self.on_screen) and said.startswith(self.on_screen)

    def land(self) -> None:
        """Call off the engine's work: nobody waits for it any more."""
        if self.flight is not None:
            self.flight.task.cancel()
            self.flight = None
