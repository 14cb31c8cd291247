"""A real process that prepares a model, one report at a time, and can be killed at any of them."""

from __future__ import annotations

import multiprocessing
import os
import signal
import sys
from typing import TYPE_CHECKING, Self

import msgspec

from engine.errors import TandemError
from engine.messages import Loading
from engine.models.prepare import prepare_entry

if TYPE_CHECKING:
    from multiprocessing.connection import Connection

    from engine.config import EngineConfig
    from engine.models.catalog import Entry

_CHANGES = {"os.mkdir", "os.rename", "shutil.rmtree"}


class Limits(msgspec.Struct, frozen=True, kw_only=True):
    """What is to go wrong: no file may grow beyond `file_bytes`; SIGKILL before the `die_at`th change in the cache.

    A change is a folder or file that is made, moved into place, or removed with all it holds.
    """

    file_bytes: int = 0
    die_at: int = 0


class Outcome(msgspec.Struct, frozen=True):
    """How it ended: the error's sentence, or none, and how many changes in the cache it took."""

    error: str
    changes: int


class Maker:
    """A context manager: the process waits after each report until the next one is asked for."""

    def __init__(self, entry: Entry, config: EngineConfig, limits: Limits | None = None) -> None:
        context = multiprocessing.get_context("spawn")
        self._pipe, theirs = context.Pipe()
        self._process = context.Process(target=_make, args=(theirs, entry, config, limits or Limits()))
        self._process.start()
        theirs.close()
        self._held = False

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.kill()
        self._pipe.close()
        self._process.close()

    def kill(self) -> None:
        """Send SIGKILL, and wait until it is dead."""
        self._process.kill()
        self._process.join()

    def step(self) -> Loading | Outcome | None:
        """Let it run to its next report, where it waits, or to its end; None when it died on the way."""
        try:
            if self._held:
                self._pipe.send("go on")
            said = self._pipe.recv()
        except (EOFError, ConnectionError):
            return None
        assert isinstance(said, Loading | Outcome)
        self._held = isinstance(said, Loading)
        return said

    def finish(self) -> Outcome | None:
        """Let it run to its end; None when it died on the way."""
        while isinstance(said := self.step(), Loading):
            pass
        self._process.join()
        return said


def _make(pipe: Connection, entry: Entry, config: EngineConfig, limits: Limits) -> None:
    changes = 0

    def watch(event: str, arguments: tuple[object, ...]) -> None:
        nonlocal changes
        creates = event == "open" and isinstance(arguments[2], int) and arguments[2] & os.O_CREAT
        if (event in _CHANGES or creates) and str(arguments[0]).startswith(str(config.bundles)):
            changes += 1
            if changes == limits.die_at:
                os.kill(os.getpid(), signal.SIGKILL)

    def report(loading: Loading) -> None:
        pipe.send(loading)
        pipe.recv()

    if limits.file_bytes:
        _limit_files(limits.file_bytes)
    sys.addaudithook(watch)
    try:
        prepare_entry(entry, config, report)
    except TandemError as error:
        pipe.send(Outcome(str(error), changes))
    else:
        pipe.send(Outcome("", changes))


def _limit_files(size_bytes: int) -> None:
    import resource  # noqa: PLC0415  not on Windows

    resource.setrlimit(resource.RLIMIT_FSIZE, (size_bytes, size_bytes))
