"""Plays scenes of real editing at real pace through the real server, and sums up every request.

Invariant: each scene has a server of its own, so that nothing helps in one which was typed in another. Nothing is
warmed by hand: whatever is computed before a request, the server does by itself.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from statistics import median
from typing import TYPE_CHECKING, NamedTuple

import msgspec
import psutil

from lsp.bench.machine import machine
from lsp.bench.record import Figures, figures
from lsp.bench.recorder import Recorder
from lsp.headless import start_editor
from lsp.replay.summary import share_of

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Sequence
    from pathlib import PurePath

    from lsp.bench.record import Kind, Record
    from lsp.headless import Document, Editor
    from lsp.replay.player import Conduct
    from lsp.replay.script import Script
    from lsp.status import Report

KINDS: tuple[Kind, ...] = ("typed_through", "warm", "cold", "silent")
SAMPLE_S = 0.5


class Scene(NamedTuple):
    """A document's name and what is typed into it."""

    path: PurePath
    script: Script


class SceneReport(msgspec.Struct, frozen=True, kw_only=True):
    """One scene; `cpu_ms_per_key` is of server and engine together."""

    name: str
    lines: int
    keys: int
    keystrokes_saved: float
    cpu_ms_per_key: float
    kinds: dict[str, Figures]


class Latency(msgspec.Struct, frozen=True, kw_only=True):
    """All scenes of one run. `memory_mb` is the most that server and engine held together (proportional set size)."""

    model: str
    device: str
    machine: str
    initialize_ms: float
    seconds: float
    cpu_ms_per_key: float
    memory_mb: float
    kinds: dict[str, Figures]
    scenes: tuple[SceneReport, ...]


async def measure(
    arguments: Sequence[str],
    scenes: Sequence[Scene],
    conduct: Conduct,
    report: Callable[[Report], None],
    player: Callable[[Script, Document, Conduct, Editor], Recorder] = Recorder,
) -> Latency:
    """Play the scenes, each for as long as the conduct says. Raises ServerLost, EngineFailed."""
    records: list[Record] = []
    reports: list[SceneReport] = []
    held_mb: list[float] = []
    initialize_ms: list[float] = []
    seconds, model, device = 0.0, "", ""
    for scene in scenes:
        async with start_editor(arguments) as editor, _memory(editor.pid, held_mb):
            status = await editor.ready(report)
            model, device = status.model, status.device
            initialize_ms.append(editor.initialize_ms)
            started = time.monotonic()
            played, summed_up = await _play(editor, scene, conduct, player)
            seconds += time.monotonic() - started
            records += played
            reports.append(summed_up)
    keys = sum(scene.keys for scene in reports)
    return Latency(
        model=model,
        device=device,
        machine=machine(),
        initialize_ms=round(median(initialize_ms or [0.0]), 1),
        seconds=round(seconds, 1),
        cpu_ms_per_key=round(sum(scene.cpu_ms_per_key * scene.keys for scene in reports) / max(keys, 1), 1),
        memory_mb=round(max(held_mb, default=0.0), 1),
        kinds=_by_kind(records),
        scenes=tuple(reports),
    )


async def _play(
    editor: Editor, scene: Scene, conduct: Conduct, make: Callable[[Script, Document, Conduct, Editor], Recorder]
) -> tuple[list[Record], SceneReport]:
    document = editor.open(scene.path, scene.script.start)
    used_s = editor.cpu_s()
    player = make(scene.script, document, conduct, editor)
    tally = await player.play()
    used_ms = 1e3 * (editor.cpu_s() - used_s)
    document.close()
    return player.records, SceneReport(
        name=scene.script.name,
        lines=scene.script.start.count("\n") + 1,
        keys=tally.keys,
        keystrokes_saved=share_of(tally.accepted_characters, tally.characters),
        cpu_ms_per_key=round(used_ms / max(tally.keys, 1), 1),
        kinds=_by_kind(player.records),
    )


def _by_kind(records: Sequence[Record]) -> dict[str, Figures]:
    return {kind: figures([record for record in records if record.kind == kind]) for kind in KINDS}


@contextlib.asynccontextmanager
async def _memory(pid: int, held_mb: list[float]) -> AsyncIterator[None]:
    """Sample what a process and its children hold, in megabytes, until the context ends."""

    async def sample() -> None:
        while True:
            held_mb.append(await asyncio.to_thread(_held_mb, pid))
            await asyncio.sleep(SAMPLE_S)

    sampling = asyncio.create_task(sample())
    try:
        yield
    finally:
        sampling.cancel()
        await asyncio.wait([sampling])


def _held_mb(pid: int) -> float:
    """Add up what the processes hold: shared pages in proportion where the system tells, else what is resident."""
    total = 0
    with contextlib.suppress(psutil.Error):
        server = psutil.Process(pid)
        for process in (server, *server.children(recursive=True)):
            with contextlib.suppress(psutil.Error):
                memory = process.memory_full_info()
                total += getattr(memory, "pss", memory.rss)
    return total / 1e6
