"""What Ctrl-C does to a program of ours.

Invariant: it never ends in a traceback. Until there is something to clear up, which is as long as modules are loaded,
it ends the program at once, with 130. Where it is ignored, as for a program in the background, it stays so.
"""

from __future__ import annotations

import os
import signal
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

INTERRUPTED = 130
"""The exit code, as shells have it: 128 and the signal's number."""


def leave_at_once() -> None:
    """Let Ctrl-C end the program from now on."""
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        signal.signal(signal.SIGINT, _leave)


@contextmanager
def raising() -> Iterator[None]:
    """Let Ctrl-C raise KeyboardInterrupt inside."""
    before = signal.getsignal(signal.SIGINT)
    if before is _leave:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


def _leave(*_: object) -> None:
    os._exit(INTERRUPTED)
