"""Files named on the command line.

Invariant: what cannot be read as text is refused in one sentence that says what to do.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from lsp.errors import BadInput

if TYPE_CHECKING:
    from pathlib import Path

PROJECT_MARKS = (".git", "pyproject.toml", "package.json", "Cargo.toml", "go.mod")


def check_file(path: Path) -> None:
    """Raise BadInput unless this is a file."""
    if path.is_dir():
        raise BadInput(f"{path} is a folder; name a file in it.")
    if not path.exists():
        raise BadInput(f"{path} does not exist; check the name.")


def read_source(path: Path) -> str:
    """Read a text file as editors do: UTF-8, its line ends kept, a byte order mark left out. Raises BadInput."""
    check_file(path)
    try:
        return path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise BadInput(f"{path} is not UTF-8 text (byte {error.start + 1}); save it as UTF-8 first.") from error
    except OSError as error:
        raise BadInput(f"{path} cannot be read: {error.strerror}.") from error


def project_of(path: Path) -> Path:
    """Find the folder of the project that a file belongs to: the nearest one with a project's mark, or else its own."""
    own = path.absolute().parent
    return next((each for each in (own, *own.parents) if any((each / mark).exists() for mark in PROJECT_MARKS)), own)
