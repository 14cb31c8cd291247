"""The engine as a session sees it: what it is asked, and what it is told.

Invariant: a session knows nothing else of it; tests put an engine of their own in its place.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable

    from engine.client import EngineStatus
    from engine.messages import Complete, Completed, Warm


class Engine(Protocol):
    """The part of `engine.client.EngineClient` that a session uses."""

    @property
    def status(self) -> EngineStatus:
        """How the engine is."""
        ...

    async def complete(self, request: Complete, grown: Callable[[Completed], None]) -> Completed:
        """Complete at a cursor. Raises EngineError, MessageTooLarge."""
        ...

    def warm(self, expected: Warm) -> None:
        """Prepare for a cursor."""
        ...

    def forget(self, document: str) -> None:
        """Drop what is cached for a document."""
        ...
