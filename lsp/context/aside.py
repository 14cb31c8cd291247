"""Work that is done beside the event loop, one piece after the other, in a thread that ends when there is none left.

Invariant: the loop never waits for it, nor does the end of the process: a disk that does not answer holds up nothing.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import threading
from collections import deque
from typing import TYPE_CHECKING, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

logger = logging.getLogger(__name__)

Result = TypeVar("Result")


class Aside(Generic[Result]):
    """A queue of work for one thread."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._lock = threading.Lock()
        self._queue: deque[Callable[[], None]] = deque()
        self._runs = False

    def do(self, work: Callable[[], Result], then: Callable[[Result], None]) -> None:
        """Do this aside; what comes of it is handed over in the event loop that is running now."""
        loop = asyncio.get_running_loop()

        def run() -> None:
            result = work()
            with contextlib.suppress(RuntimeError):  # the loop has ended meanwhile, and nobody waits
                loop.call_soon_threadsafe(then, result)

        with self._lock:
            self._queue.append(run)
            if self._runs:
                return
            self._runs = True
        threading.Thread(target=self._work, name=self._name, daemon=True).start()

    def _work(self) -> None:
        while True:
            with self._lock:
                if not self._queue:
                    self._runs = False
                    return
                run = self._queue.popleft()
            try:
                run()
            except Exception:  # whoever waits gives up by and by; what comes next is done all the same
                logger.exception("what was to be done aside has failed")
