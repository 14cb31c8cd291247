"""An engine with one fault: the real process, but for what is wrong with it.

python faulty_engine.py FAULT SEGMENT CONFIG
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec.structs import replace as changed

import engine.loading
import engine.process
from engine.core import Core
from engine.errors import Crowded
from engine.messages import Complete, Completed, Event, Grown, Request, Timings
from engine.segment import Segment
from hardware.null import NullDevice

if TYPE_CHECKING:
    from collections.abc import Callable

    from engine.config import EngineConfig
    from engine.messages import Ready
    from engine.models.export import Report


SHOWN_S = 0.3


def main() -> None:
    """Run with the fault of that name."""
    fault = sys.argv.pop(1)
    _FAULTS[fault]()
    engine.process.main()


def _while_loading(act: Callable[[EngineConfig], object]) -> None:
    open_core = engine.loading.open_core

    def act_and_open(config: EngineConfig, report: Report) -> tuple[Core, Ready]:
        act(config)
        return open_core(config, report)

    engine.loading.open_core = act_and_open


def _on_request(act: Callable[[], list[Event]]) -> None:
    """Act whenever a request has come, before it is worked on."""

    class FaultyCore(Core):
        _act = False

        def submit(self, request: Request, received_s: float | None = None) -> None:
            self._act = True
            super().submit(request, received_s)

        def step(self) -> list[Event]:
            extra = act() if self._act else []
            self._act = False
            return [*extra, *super().step()]

    engine.loading.Core = FaultyCore  # type: ignore[attr-defined]  # not re-exported


def _print(_: EngineConfig) -> None:
    print("noise")  # noqa: T201
    os.write(1, b"more noise\n")
    subprocess.run([sys.executable, "-c", "print('noise of a child'); import sys; sys.stdin.read()"], check=True)


def _scribble() -> list[Event]:
    segment = Segment.attach(sys.argv[1])
    segment.events[: len(segment.events)] = os.urandom(len(segment.events))
    return []


def _babble() -> list[Event]:
    return [b"\xc1"]  # type: ignore[list-item]  # a byte that no MessagePack begins with


def _answer_another() -> list[Event]:
    stranger = Completed(id=999_999, text="not yours", tokens=1, stop="end", confidence=1.0, timings=Timings())
    return [stranger]


def _crash() -> list[Event]:
    raise MemoryError("nothing left")


def _cut_short() -> None:
    """Answer with a beginning, as at a deadline, and tell of the whole when the next request has come."""

    class HastyCore(Core):
        _wholes: tuple[Event, ...] = ()
        _due: tuple[Event, ...] = ()

        def submit(self, request: Request, received_s: float | None = None) -> None:
            super().submit(request, received_s)
            if isinstance(request, Complete):
                self._due, self._wholes = self._wholes, ()

        def step(self) -> list[Event]:
            due, self._due = self._due, ()
            events = super().step()
            self._wholes += tuple(Grown(event) for event in events if isinstance(event, Completed))
            return [*due, *map(_beginning, events)]

    engine.loading.Core = HastyCore  # type: ignore[attr-defined]  # not re-exported


def _grow() -> None:
    """Answer with a beginning, as at a deadline, and tell of the whole when an editor has had time to show that."""

    class GrowingCore(Core):
        _wholes: tuple[Event, ...] = ()

        @property
        def busy(self) -> bool:
            return bool(self._wholes) or super().busy

        def step(self) -> list[Event]:
            if self._wholes:
                time.sleep(SHOWN_S)
            wholes, self._wholes = self._wholes, ()
            events = super().step()
            self._wholes = tuple(Grown(event) for event in events if isinstance(event, Completed))
            return [*wholes, *map(_beginning, events)]

    engine.loading.Core = GrowingCore  # type: ignore[attr-defined]  # not re-exported


def _beginning(event: Event) -> Event:
    return changed(event, text=event.text[:4], stop="deadline") if isinstance(event, Completed) else event


def _lack_room(config: EngineConfig) -> None:
    """Beside another, have no room for anything."""
    if config.beside:
        raise Crowded("there is no room for two")


def _start_a_program(_: EngineConfig) -> None:
    subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])


def _never_leave() -> None:
    engine.process._leave = lambda: time.sleep(600)


def _simulate() -> None:
    """Take the null device for one with a clock of its own."""
    sys.path.append(str(Path(__file__).parents[1]))  # `python -P` has left it out
    from support.ticking import ticking_wafer  # noqa: PLC0415

    device = ticking_wafer(NullDevice())
    device.spec = replace(device.spec, name="null")
    engine.loading.open_device = lambda *_: device  # type: ignore[attr-defined]  # not re-exported


_FAULTS: dict[str, Callable[[], None]] = {
    "prints": lambda: _while_loading(_print),
    "scribbles": lambda: _on_request(_scribble),
    "babbles": lambda: _on_request(_babble),
    "answers another": lambda: _on_request(_answer_another),
    "crashes": lambda: _on_request(_crash),
    "cuts short": _cut_short,
    "grows": _grow,
    "simulates": _simulate,
    "starts a program": lambda: _while_loading(_start_a_program),
    "never leaves": _never_leave,
    "dies loading": lambda: _while_loading(lambda _: os.kill(os.getpid(), signal.SIGKILL)),
    "crowded": lambda: _while_loading(_lack_room),
}

if __name__ == "__main__":
    main()
