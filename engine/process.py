"""The engine process, the shell around Core: carries messages between the rings and the core, and dies with the server.

    python -m engine.process SEGMENT CONFIG      as engine/child.py starts it

    standard input    a byte: there are requests in the ring; end of file: the server is gone
    standard output   a byte: there are events in the ring
    standard error    the server's log

Invariant: the process ends as soon as the server is gone, whatever it is doing, because one thread does nothing but
wait for that. No event is lost: where the ring is full, the core waits. Only this module touches the two pipes:
libraries, and programs started here, find an empty standard input, and what they print goes to the log.
"""

from __future__ import annotations

import os
import signal
import sys
import threading
import time
from typing import TYPE_CHECKING

import msgspec

from engine.config import EngineConfig
from engine.errors import Crowded, ModelError
from engine.messages import Broken, decode_request, encode
from engine.ring import RingReader, RingWriter
from engine.segment import Segment
from hardware.device import DeviceError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from engine.core import Core
    from engine.messages import Event, Loading, Request

RETRY_S = 0.001
_BELL = b"\0"


class Link:
    """The engine's end of the rings and doorbells."""

    def __init__(self, segment: Segment) -> None:
        self._requests = RingReader(segment.requests)
        self._events = RingWriter(segment.events)
        self._rung = threading.Event()
        self._rung_s: float | None = None
        listening, self._bell = _take_pipes()
        threading.Thread(target=self._listen, args=(listening,), name="doorbell", daemon=True).start()

    def received(self) -> Iterator[tuple[Request, float]]:
        """Take the requests that are there now, with the time at which the first of them was rung for.

        They may have come while a step was under way: that time is theirs, too.
        """
        rung_s, self._rung_s = self._rung_s, None
        while (frame := self._requests.read()) is not None:
            yield decode_request(frame), time.perf_counter() if rung_s is None else rung_s

    def send(self, events: Iterable[Event]) -> None:
        """Hand over events and ring once; while the ring is full, wait for the server to read."""
        frames = [encode(event) for event in events]
        for frame in frames:
            while not self._events.write(frame):
                self._ring()
                time.sleep(RETRY_S)
        if frames:
            self._ring()

    def wait(self) -> None:
        """Sleep until the server rings; at once if it did so since the last call."""
        self._rung.wait()
        self._rung.clear()

    def report(self, loading: Loading) -> None:
        """Tell the server how far loading is."""
        self.send([loading])

    def _ring(self) -> None:
        try:
            os.write(self._bell, _BELL)
        except OSError:  # nobody is there to read it
            _leave()

    def _listen(self, listening: int) -> None:
        try:
            while os.read(listening, 4096):
                if self._rung_s is None:
                    self._rung_s = time.perf_counter()
                self._rung.set()
        finally:  # some systems report a killed peer as an error
            _leave()


def serve(core: Core, link: Link) -> None:
    """Serve requests until the server is gone."""
    while True:
        for request, received_s in link.received():
            core.submit(request, received_s)
        link.send(core.step())
        if not core.busy:
            link.wait()


def main() -> None:
    """Open the model that the configuration names, then serve."""
    handle, config = sys.argv[1:]
    link = Link(Segment.attach(handle))
    # Not before the server's death would be noticed: this loads NumPy and more.
    from engine.loading import open_core  # noqa: PLC0415

    try:
        core, ready = open_core(msgspec.json.decode(config, type=EngineConfig), link.report)
    except (ModelError, DeviceError) as error:
        link.send([Broken(str(error), crowded=isinstance(error, Crowded))])
        return
    except OSError as error:  # of a file; it would be the same at the next start
        link.send([Broken(_unreadable(error))])
        return
    link.send([ready])
    serve(core, link)


def _unreadable(error: OSError) -> str:
    where = f" {error.filename}" if error.filename else ""
    reason = error.strerror or type(error).__name__
    return f"The model's file{where} cannot be used ({reason}); name another with --model, or mend it."


def _take_pipes() -> tuple[int, int]:
    """Keep the doorbells to this module, and give everybody else an empty input and the log."""
    listening, bell = os.dup(0), os.dup(1)
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)
    os.dup2(2, 1)
    return listening, bell


def _leave() -> None:
    """End now, whatever other threads are doing, and take along the programs that were started here."""
    if sys.platform != "win32" and os.getpgrp() == os.getpid():
        os.killpg(0, signal.SIGKILL)
    os._exit(0)


if __name__ == "__main__":
    main()
