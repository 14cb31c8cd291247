"""What ends a program of ours before its time: Ctrl-C, or output that cannot be written.

Invariant: it never ends in a traceback. Until there is something to clear up, which is as long as modules are loaded,
Ctrl-C ends the program at once, with 130. Where it is ignored, as for a program in the background, it stays so.
"""

from __future__ import annotations

import os
import signal
import sys
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


def give_up(error: OSError) -> str:
    """Let what is still to be written go nowhere, of which Python would complain once more at exit.

    Gives the reason as a sentence, or nothing where whoever read the output has seen enough.
    """
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    if isinstance(error, BrokenPipeError):
        return ""
    return f"{error.filename or 'the output'} cannot be used: {error.strerror}."


def _leave(*_: object) -> None:
    os._exit(INTERRUPTED)
