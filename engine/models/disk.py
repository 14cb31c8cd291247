"""Room on the disk: looked for before work starts, and explained in one sentence when it runs out all the same.

Invariant: what the file system refuses leaves `disk_errors` as a FetchError that names the folder and what to do.
"""

from __future__ import annotations

import errno
import os
import shutil
from contextlib import contextmanager
from typing import TYPE_CHECKING

from engine.errors import FetchError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG} if hasattr(errno, "EDQUOT") else {errno.ENOSPC, errno.EFBIG}
_REFUSED = {errno.EACCES, errno.EPERM, errno.EROFS, errno.ENOTDIR, errno.EEXIST, errno.EISDIR, errno.ENAMETOOLONG}


def megabytes(size_bytes: int) -> str:
    """Write a size as people read it, decimal like the package indexes'."""
    return f"{size_bytes / 1e6:,.0f} MB" if size_bytes >= 1e6 else f"{size_bytes / 1e3:,.0f} kB"


def require_room(folder: Path, needed_bytes: int) -> None:
    """Raise FetchError unless the disk that holds `folder` has that much room. Raises OSError when it is not there."""
    if shutil.disk_usage(folder).free < needed_bytes:
        raise _no_room(folder, needed_bytes)


def require_folder(folder: Path) -> None:
    """Raise FetchError when there is something of that name, or can be, that is no folder."""
    with disk_errors(folder, 0):
        if folder.exists() and not folder.is_dir():
            raise NotADirectoryError(errno.ENOTDIR, os.strerror(errno.ENOTDIR))


@contextmanager
def disk_errors(folder: Path, needed_bytes: int) -> Iterator[None]:
    """Turn what the file system says no to, anywhere inside, into one sentence."""
    try:
        yield
    except OSError as error:
        if error.errno in _FULL:
            raise _no_room(folder, needed_bytes) from error
        if error.errno in _REFUSED:
            raise FetchError(
                f"{error.filename or folder} cannot be written ({error.strerror}): see that {folder} is a folder of "
                "yours and that nothing in it is in the way, or choose another with --cache-dir."
            ) from error
        raise


def _no_room(folder: Path, needed_bytes: int) -> FetchError:
    free = megabytes(shutil.disk_usage(folder).free)
    return FetchError(
        f"There is no room in {folder}: {megabytes(needed_bytes)} are needed and {free} are free. "
        "Make room and do the same again, or choose another folder with --cache-dir."
    )
