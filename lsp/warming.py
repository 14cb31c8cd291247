"""When the engine is told of a new state of a document, so that it is warm when the request comes.

Invariant: changes that come close together warm the engine once, for the newest state of each document; a document
that is held (the engine works for it, and a warming would supersede that work) waits.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

DELAY_S = 0.002
"""Changes that come within this time count as one."""


class Warming:
    """The documents whose newest state the engine has not heard of."""

    def __init__(self, warm: Callable[[str], None], held: Callable[[str], bool]) -> None:
        self._warm = warm
        self._held = held
        self._due: dict[str, None] = {}
        self._timer: asyncio.TimerHandle | None = None

    def touch(self, document: str) -> None:
        """Warm the engine for this document soon."""
        self._due[document] = None
        self.resume()

    def drop(self, document: str) -> None:
        """Forget a document: the engine hears of its newest state in another way, or need not."""
        self._due.pop(document, None)

    def resume(self) -> None:
        """Look again: a document may not be held any longer."""
        if self._due and self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(DELAY_S, self._flush)

    def _flush(self) -> None:
        self._timer = None
        for document in [document for document in self._due if not self._held(document)]:
            self.now(document)

    def now(self, document: str) -> None:
        """Warm the engine at once, if it has not heard of the newest state yet."""
        if document in self._due:
            del self._due[document]
            self._warm(document)
