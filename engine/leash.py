"""A program that ends with the one that started it, however that one ended.

Invariant: the starter holds a pipe that nothing is written to; its end of file, which the system sees to even after
SIGKILL, ends the program. It is the program's standard input, so a program on the leash reads nothing else from there.
"""

from __future__ import annotations

import os
import threading


def follow_standard_input() -> None:
    """End this process as soon as its standard input ends."""
    threading.Thread(target=_follow, name="leash", daemon=True).start()


def _follow() -> None:
    try:
        while os.read(0, 4096):
            pass
    finally:
        os._exit(1)
