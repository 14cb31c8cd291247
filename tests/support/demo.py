"""What `make run` shows: a part of a real module of the standard library typed into Tandem, in under a minute.

Invariant: it ends by itself; its exit code is that of `tandem replay`.
"""

from __future__ import annotations

import bisect
import subprocess
import sys

SECONDS = 45


def main() -> int:
    """Replay at a person's pace."""
    command = [sys.executable, "-m", "lsp", "replay", bisect.__file__, "--seconds", str(SECONDS), "--seed", "1"]
    try:
        return subprocess.call(command)
    except KeyboardInterrupt:
        return 130


if __name__ == "__main__":
    sys.exit(main())
