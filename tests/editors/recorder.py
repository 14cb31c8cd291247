"""Stands where an editor expects Python, and writes down what the editor and the server say to each other.

    python recorder.py FOLDER FAULT [PYTHON'S OWN ARGUMENTS ...]

FAULT is one of those in `support/faulty_engine.py`, for servers to have, or nothing.

Invariant: the same bodies pass in the same order, both ways; anything but a server is Python's own doing. Each server's
life has a file in the folder, `BEGIN-PID.jsonl`: one JSON object a line, `{"by": "editor" | "server", "body": ...}`.
"""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import IO, TYPE_CHECKING

from lsp.wire import read_body

if TYPE_CHECKING:
    from collections.abc import Sequence


_FAULTY_SERVER = Path(__file__).parents[1] / "support" / "faulty_server.py"


def main(folder: Path, fault: str, arguments: Sequence[str]) -> int:
    """Run Python with these arguments; gives its exit code."""
    command = [sys.executable, *arguments]
    if "serve" not in arguments:
        os.execv(sys.executable, command)
    if fault:
        command[1:] = [str(_FAULTY_SERVER), fault, *arguments[arguments.index("serve") :]]
    with (
        subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as server,
        (folder / f"{time.monotonic_ns():020}-{server.pid}.jsonl").open("ab", buffering=0) as record,
    ):
        assert server.stdin is not None
        assert server.stdout is not None
        listening = threading.Thread(
            target=_pass_on, args=(sys.stdin.buffer, server.stdin, record, "editor"), daemon=True
        )
        listening.start()
        _pass_on(server.stdout, sys.stdout.buffer, record, "server")
        return server.wait()


def _pass_on(source: IO[bytes], target: IO[bytes], record: IO[bytes], by: str) -> None:
    while (body := read_body(source)) is not None:  # type: ignore[arg-type]
        record.write(b'{"by": "%b", "body": %b}\n' % (by.encode(), body))
        try:
            target.write(b"Content-Length: %d\r\n\r\n%b" % (len(body), body))
            target.flush()
        except OSError:  # the one that is spoken to has ended
            return
    target.close()


if __name__ == "__main__":
    code = main(Path(sys.argv[1]), sys.argv[2], sys.argv[3:])
    os._exit(code % 256)  # the other thread may wait for the editor, which a usual end would wait for
