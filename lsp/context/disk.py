"""The file system, as far as one gathering may look into it.

Invariant: it looks `MOST_LOOKS` times at most, nowhere twice, reads no file but regular ones of a bounded size, lists
no folder beyond `MOST_NAMES`, and never walks. What cannot be looked at is not there. Lives in the thread that gathers.
"""

from __future__ import annotations

import itertools
import os
import stat
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from pathlib import Path

MOST_LOOKS = 2000
MOST_NAMES = 256


class Stamp(NamedTuple):
    """What changes when a file does; the size is in bytes."""

    modified_ns: int
    size_bytes: int


class Disk:
    """A number of looks at the file system."""

    def __init__(self, looks: int = MOST_LOOKS) -> None:
        self._left = looks
        self._known: dict[Path, os.stat_result | None] = {}
        self._listed: dict[Path, list[str]] = {}

    def stamp(self, file: Path) -> Stamp | None:
        """Tell a regular file's state; None for anything else."""
        found = self._status(file)
        return Stamp(found.st_mtime_ns, found.st_size) if found and stat.S_ISREG(found.st_mode) else None

    def is_file(self, file: Path) -> bool:
        """Whether it is a regular file."""
        return self.stamp(file) is not None

    def is_folder(self, folder: Path) -> bool:
        """Whether it is a folder."""
        found = self._status(folder)
        return found is not None and stat.S_ISDIR(found.st_mode)

    def exists(self, path: Path) -> bool:
        """Whether anything is there."""
        return self._status(path) is not None

    def names(self, folder: Path) -> list[str]:
        """List a folder's first names, in no order."""
        if folder not in self._listed:
            self._listed[folder] = self._list(folder)
        return self._listed[folder]

    def text(self, file: Path, most_bytes: int) -> str | None:
        """Read a text; None where it is larger than that, is no UTF-8, or cannot be read."""
        if not self._may():
            return None
        try:
            with file.open("rb") as stream:
                octets = stream.read(most_bytes + 1)
            return octets.decode("utf-8-sig") if len(octets) <= most_bytes else None
        except (OSError, ValueError):
            return None

    def resolved(self, path: Path) -> Path | None:
        """Follow every link on the way; None where that leads nowhere."""
        if not self._may():
            return None
        try:
            return path.resolve()
        except (OSError, RuntimeError, ValueError):
            return None

    def _list(self, folder: Path) -> list[str]:
        if not self._may():
            return []
        try:
            with os.scandir(folder) as entries:
                return [entry.name for entry in itertools.islice(entries, MOST_NAMES)]
        except (OSError, ValueError):
            return []

    def _status(self, path: Path) -> os.stat_result | None:
        """Look at a path once; the imports of a file lead to the same places again and again."""
        if path not in self._known and self._may():
            try:
                self._known[path] = path.stat()
            except (OSError, ValueError):
                self._known[path] = None
        return self._known.get(path)

    def _may(self) -> bool:
        self._left -= 1
        return self._left >= 0
