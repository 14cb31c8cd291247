"""Files named on the command line.

Invariant: what cannot be read as text is refused in one sentence that says what to do.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from lsp.context.disk import Disk
from lsp.context.workspace import home_of
from lsp.errors import BadInput

if TYPE_CHECKING:
    from pathlib import Path


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
    """Find the folder of the project that a file belongs to, as the server does where no editor names one."""
    home = home_of(path.absolute(), (), Disk())
    return home.folder if home else path.absolute().parent
