"""Parts of the command line that belong to the engine: run as its own program, with our terminal.

Invariant: the server's package does not import what the engine alone may know; a child's exit code is passed on.
"""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence


def run_engine(arguments: Sequence[str]) -> int:
    """Run `python -m engine` with these arguments, standard streams inherited; give its exit code."""
    with subprocess.Popen([sys.executable, "-P", "-m", "engine", *arguments]) as child:  # noqa: S603 - our own program
        while True:
            try:
                code = child.wait()
            except KeyboardInterrupt:  # the terminal sent it to the child as well, which leaves nothing half-made
                continue
            return code if code >= 0 else 128 - code
