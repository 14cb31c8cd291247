"""SHA-256 of files, which is all that is trusted here.

Invariant: a file counts as sound only when its size and its hash are those expected; the size is looked at first.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

CHUNK_BYTES = 1 << 20


def sha256_of(path: Path, progress: Callable[[int], None] = lambda _: None) -> str:
    """Hash the file, in hexadecimal; `progress` hears how many bytes were read so far. Raises OSError."""
    digest, done = hashlib.sha256(), 0
    buffer = memoryview(bytearray(CHUNK_BYTES))
    with path.open("rb", buffering=0) as file:
        while count := file.readinto(buffer):
            digest.update(buffer[:count])
            done += count
            progress(done)
    return digest.hexdigest()


def is_sound(path: Path, size_bytes: int, sha256: str) -> bool:
    """Tell whether there is a file with just these bytes."""
    return path.is_file() and path.stat().st_size == size_bytes and sha256_of(path) == sha256
