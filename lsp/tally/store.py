"""The file with the figures, in the user's state directory.

Invariant: it is whole or as it was before, and no server's figures are lost to another's: each adds its own to what
stands there, under a lock. What cannot be read counts as nothing, and makes room; what cannot be written stays with
its server, which goes on as if nothing were.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Final

import msgspec
import platformdirs
from filelock import FileLock, Timeout

from lsp.tally.page import Pages

if TYPE_CHECKING:
    from collections.abc import Iterable

    from lsp.tally.page import Row

FILE: Final = "statistics.json"
PATIENCE_S = 2.0
"""How long another server may hold the file; its figures are a few kilobytes."""


class Unavailable(Exception):
    """The file cannot be read or written now; the message is the reason."""


class Store:
    """The figures of all servers of one user; "" is their own state directory."""

    def __init__(self, state_dir: str = "") -> None:
        root = Path(state_dir) if state_dir else Path(platformdirs.user_state_dir("tandem", appauthor=False))
        self.path = root / FILE
        self._lock = self.path.with_name(f"{FILE}.lock")

    def read(self) -> Pages:
        """Read what was counted. Raises Unavailable where there is something that cannot be read."""
        try:
            return msgspec.json.decode(self.path.read_bytes(), type=Pages)
        except FileNotFoundError:
            return Pages()
        except msgspec.DecodeError as error:  # a ValidationError is a DecodeError, too
            raise Unavailable("it is damaged") from error
        except OSError as error:
            raise Unavailable(error.strerror or str(error)) from error

    def add(self, rows: Iterable[Row]) -> None:
        """Add figures to those that stand there; a damaged file makes room. Raises Unavailable."""
        draft = self.path.with_name(f".{FILE}.{os.getpid()}")
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            with FileLock(self._lock, timeout=PATIENCE_S):
                pages = self._readable().with_rows(rows)
                try:
                    draft.write_bytes(msgspec.json.encode(pages))
                    draft.replace(self.path)
                finally:
                    draft.unlink(missing_ok=True)
        except Timeout as error:
            raise Unavailable("another server holds it") from error
        except OSError as error:
            raise Unavailable(error.strerror or str(error)) from error

    def delete(self) -> bool:
        """Delete the file; False where there was none. Raises Unavailable."""
        if not self.path.exists():
            return False
        try:
            with FileLock(self._lock, timeout=PATIENCE_S):
                self.path.unlink(missing_ok=True)
        except Timeout as error:
            raise Unavailable("another server holds it") from error
        except OSError as error:
            raise Unavailable(error.strerror or str(error)) from error
        return True

    def _readable(self) -> Pages:
        try:
            return msgspec.json.decode(self.path.read_bytes(), type=Pages)
        except (FileNotFoundError, msgspec.DecodeError):
            return Pages()
