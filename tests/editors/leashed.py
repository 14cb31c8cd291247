"""Runs a program for as long as its own standard input is open; then the program ends, and all that it started.

    python leashed.py PROGRAM [ARGUMENTS ...]

Invariant: whoever holds the other end of the pipe need do nothing for that: the system closes it also for one that was
killed. Meant for a session of its own, where nothing that a terminal sends comes in between.
"""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from contextlib import suppress
from typing import TYPE_CHECKING

import psutil

if TYPE_CHECKING:
    from collections.abc import Sequence

FAREWELL_S = 5.0


def main(command: Sequence[str]) -> int:
    """Run the program; gives its exit code."""
    let_go = threading.Event()
    with subprocess.Popen(command, stdin=subprocess.DEVNULL) as program:
        leash = threading.Thread(target=_follow, args=(psutil.Process(program.pid), let_go), daemon=True)
        leash.start()
        code = program.wait()
        if let_go.is_set():
            leash.join()
    return code


def _follow(program: psutil.Process, let_go: threading.Event) -> None:
    while os.read(sys.stdin.fileno(), 4096):
        pass
    let_go.set()
    with suppress(psutil.NoSuchProcess):
        _end([*program.children(recursive=True), program])


def _end(processes: list[psutil.Process]) -> None:
    for process in processes:
        with suppress(psutil.NoSuchProcess):
            process.terminate()
    for process in psutil.wait_procs(processes, FAREWELL_S)[1]:
        with suppress(psutil.NoSuchProcess):
            process.kill()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
