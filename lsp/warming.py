"""When the engine is told of a new state of a document, so that it is warm when the request comes.

Invariant: changes that come close together warm the engine once, for the newest state of each document; of documents
opened together only the last one does. What the engine is doing for the document meanwhile is the engine's to weigh:
work that leads to the new state goes on.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

DELAY_S = 0.002
"""Changes that come within this time count as one."""
CALM_S = 0.05
"""An editor that opens many documents shows the last; it is read when no other has followed for this long."""


class Warming:
    """The documents whose newest state the engine has not heard of."""

    def __init__(self, warm: Callable[[str], None]) -> None:
        self._warm = warm
        self._due: dict[str, None] = {}
        self._timer: asyncio.TimerHandle | None = None
        self._burst: dict[str, None] = {}
        self._calm: asyncio.TimerHandle | None = None

    def opened(self, document: str) -> None:
        """Warm the engine for this document, unless another is opened right after it."""
        if self._calm is not None:
            self._calm.cancel()
        self._burst[document] = None
        self._calm = asyncio.get_running_loop().call_later(CALM_S, self._calmed)

    def touch(self, document: str) -> None:
        """Warm the engine for this document soon."""
        self.drop(document)
        self._due[document] = None
        if self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(DELAY_S, self._flush)

    def drop(self, document: str) -> None:
        """Forget a document: the engine hears of its newest state in another way, or need not."""
        self._due.pop(document, None)
        self._burst.pop(document, None)

    def _calmed(self) -> None:
        """Warm the engine for the last of the documents that were opened together and are still of interest."""
        burst, self._burst = self._burst, {}
        if burst:
            self.touch(next(reversed(burst)))

    def _flush(self) -> None:
        self._timer = None
        for document in list(self._due):
            del self._due[document]
            self._warm(document)
