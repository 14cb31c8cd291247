"""Make the Python environment that the editor's server runs in.

    python environment.py FOLDER WHEEL REQUIREMENTS

Invariant: an environment is whole or absent. One process at a time makes it, whichever windows are open, and nobody
else removes what is in it; its file `ready` is written last, and what has none, or does not run, is made anew. The lock
is the operating system's, so it ends with whoever held it. Only the hashes in REQUIREMENTS are trusted.

What is needed for a while only stands in it, too: whoever ends this leaves nothing elsewhere. pip runs isolated: what
stands in the working folder or on the user's PYTHONPATH is neither run nor taken for installed.

Lines that begin with "tandem: " say what is going on; the others are pip's.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import time
import venv
from pathlib import Path
from typing import IO, TYPE_CHECKING, NoReturn

if TYPE_CHECKING:
    from collections.abc import Iterator

READY = "ready"
POLL_S = 0.2
# Compiling all that is installed would take a third of the time; Python compiles what is imported, once.
PIP_OPTIONS = ("--disable-pip-version-check", "--no-input", "--no-compile", "--progress-bar", "off")
PATIENCE = ("--retries", "2", "--timeout", "15")


def main(folder: Path, wheel: Path, requirements: Path) -> int:
    """Make the environment, unless it is there and runs by the time that it is our turn; give pip's exit code."""
    signal.signal(signal.SIGTERM, _leave)
    folder.parent.mkdir(parents=True, exist_ok=True)
    with folder.with_name(f"{folder.name}.lock").open("a+b") as file, _alone(file):
        if (folder / READY).exists() and _python(folder, "-c", "import lsp") == 0:
            return 0
        _say("making a Python environment")
        (folder / READY).unlink(missing_ok=True)
        shutil.rmtree(folder, ignore_errors=True)
        scratch = folder / "tmp"
        scratch.mkdir(parents=True)
        os.environ.update(dict.fromkeys(("TMPDIR", "TEMP", "TMP"), str(scratch)))
        try:
            venv.create(folder, with_pip=True, symlinks=os.name != "nt")
        except subprocess.CalledProcessError as error:
            _say(f"error: no pip in a new environment ({error})")
            return 1
        _say("installing packages")
        exit_code = _pip(folder, "install", *PATIENCE, "--require-hashes", "--requirement", str(requirements))
        exit_code = exit_code or _pip(folder, "install", "--no-deps", "--no-index", str(wheel))
        if exit_code == 0:
            shutil.rmtree(scratch, ignore_errors=True)
            (folder / READY).touch()
        return exit_code


def _pip(folder: Path, *arguments: str) -> int:
    return _python(folder, "-m", "pip", *arguments, *PIP_OPTIONS)


def _python(folder: Path, *arguments: str) -> int:
    python = folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    try:
        return subprocess.run([python, "-I", *arguments], check=False).returncode  # noqa: S603 - our own words
    except OSError as error:
        _say(f"the environment's Python cannot be run ({error.strerror})")
        return 1


@contextlib.contextmanager
def _alone(file: IO[bytes]) -> Iterator[None]:
    """Hold the lock on a file; the end of the process would let go of it, too."""
    waiting = False
    while not _take(file):
        if not waiting:
            waiting = True
            _say("waiting for another window that makes the environment")
        time.sleep(POLL_S)
    yield


if sys.platform == "win32":
    import msvcrt

    def _take(file: IO[bytes]) -> bool:
        file.seek(0)
        try:
            msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        return True

else:
    import fcntl

    def _take(file: IO[bytes]) -> bool:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True


def _say(what: str) -> None:
    print(f"tandem: {what}", flush=True)  # noqa: T201 - for the extension


def _leave(number: int, _frame: object) -> NoReturn:
    """End as if interrupted, so that pip ends as well."""
    raise SystemExit(128 + number)


if __name__ == "__main__":
    sys.exit(main(*map(Path, sys.argv[1:4])))
