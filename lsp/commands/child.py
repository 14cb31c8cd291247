"""Parts of the command line that belong to the engine: run as its own program, with our terminal.

Invariant: the server's package does not import what the engine alone may know; a child's exit code is passed on, and
no child outlives us, since it ends with the pipe that is its standard input.
"""

from __future__ import annotations

import signal
import subprocess
import sys
from contextlib import suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

COURTESY_S = 1.0  # for a child to hear of Ctrl-C from the terminal, as we did


def run_engine(arguments: Sequence[str]) -> int:
    """Run `python -m engine` with these arguments, what it says going where ours does; give its exit code."""
    command = [sys.executable, "-P", "-m", "engine", "--leash", *arguments]
    with subprocess.Popen(command, stdin=subprocess.PIPE) as child:  # noqa: S603 - our own program
        while True:
            try:
                code = child.wait()
            except KeyboardInterrupt:
                _pass_on(child)
                continue
            return code if code >= 0 else 128 - code


def _pass_on(child: subprocess.Popen[bytes]) -> None:
    """Interrupt the child, unless the terminal has done so: twice would interrupt its clearing up."""
    with suppress(KeyboardInterrupt):
        try:
            child.wait(COURTESY_S)
        except subprocess.TimeoutExpired:
            if sys.platform != "win32":
                child.send_signal(signal.SIGINT)
