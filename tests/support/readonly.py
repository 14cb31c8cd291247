"""A folder on a disk that nobody can write to.

Invariant: afterwards it can be written to again.
"""

from __future__ import annotations

import os
import subprocess
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@contextmanager
def read_only(folder: Path) -> Iterator[None]:
    """Let nothing be written directly in a folder, nor, where root asks, anywhere below it.

    Permissions do not hold root back, for whom the folder becomes a read-only mount; where neither can be had, the test
    is skipped.
    """
    if sys.platform == "win32":
        pytest.skip("On Windows, a folder's permissions do not keep files out.")
    elif os.geteuid() != 0:
        folder.chmod(0o555)
        try:
            yield
        finally:
            folder.chmod(0o755)
    else:
        _mount("--bind", folder)
        try:
            _mount("--options=remount,bind,ro", folder)
            yield
        finally:
            subprocess.run(("umount", "--lazy", str(folder)), check=True)


def _mount(option: str, folder: Path) -> None:
    command = ("mount", option, str(folder), str(folder))
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        pytest.skip(f"Root may not mount here: {done.stderr.strip()}")
