"""Where a document is at home: the folder that bounds what is read for it, and its path from there on.

Invariant: links are followed before anything is compared, so that a link out of a folder leads out of the workspace.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import urlsplit

from pygls import uris

if TYPE_CHECKING:
    from collections.abc import Iterable

    from lsp.context.disk import Disk

MARKS = (".git", "pyproject.toml", "package.json", "Cargo.toml", "go.mod")
"""What stands at the top of a project, by which it is found where the editor names no folder."""

_ON_DISK = frozenset({"file", "vscode-notebook-cell"})


class Home(NamedTuple):
    """A file's place, links followed: in this folder, and its path from there on, with slashes."""

    folder: Path
    file: Path

    @property
    def path(self) -> str:
        """The file's path from the folder on."""
        return self.file.relative_to(self.folder).as_posix()


def file_of(uri: str) -> Path | None:
    """Give the file that an address means, of a notebook's cell the notebook; None where it is none."""
    try:
        uri.encode()  # half a character is in no file's name
        parts = urlsplit(uri)
        if parts.scheme not in _ON_DISK:
            return None
        path = uris.to_fs_path(parts._replace(scheme="file", query="", fragment="").geturl())
    except ValueError:
        return None
    if not path or "\0" in path:
        return None
    file = Path(path)
    return file if file.is_absolute() else None


def home_of(file: Path, folders: Iterable[Path], disk: Disk) -> Home | None:
    """Find a file's home: the innermost of the workspace's folders; None outside of all of them.

    Where the workspace has none: the nearest folder upwards that holds a project's mark, or else the file's own.
    """
    real = disk.resolved(file)
    if real is None:
        return None
    known = [found for folder in folders if (found := disk.resolved(folder))]
    if known:
        inside = [folder for folder in known if real.is_relative_to(folder) and real != folder]
        return Home(max(inside, key=lambda folder: len(folder.parts)), real) if inside else None
    marked = (folder for folder in real.parents if any(disk.exists(folder / mark) for mark in MARKS))
    return Home(next(marked, real.parent), real)
