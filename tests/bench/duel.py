"""Tandem and its peer, asked the same at the same places while somebody edits.

Invariant: whoever's turn it is not is stopped (SIGSTOP): it takes no time from the other, and gets none to work ahead.

Equal service is the requests that Tandem answered with the engine's help, warm: the peer is asked at those and no
others. Its processor time is for these alone; Tandem's is all that it spent over the same keys, ahead of need included.
"""

from __future__ import annotations

import contextlib
import os
import signal
from statistics import fmean
from typing import TYPE_CHECKING

import msgspec
import psutil
from bench.peer import Peer, build, serving
from bench.scenes import scenes

from engine.config import EngineConfig
from engine.messages import NATURAL_STOPS
from engine.models.catalog import find
from engine.models.fetch import fetch
from lsp.bench.latency import measure
from lsp.bench.recorder import Recorder
from lsp.commands.loading import loading_screen
from lsp.document import Document as Mirror
from lsp.document import Place
from lsp.plan import window_at
from lsp.replay.summary import percentile, share_of
from lsp.settings import Settings
from lsp.trigger import Ask, decide

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from bench.peer import Reply

    from lsp.bench.latency import Latency
    from lsp.headless import Answer, Document, Editor
    from lsp.replay.player import Conduct
    from lsp.replay.script import Script


class Turn(msgspec.Struct, frozen=True):
    """What one of the two did for one request: milliseconds, characters of text, whether to the natural end."""

    ms: float
    characters: int
    whole: bool = True


class Duel(msgspec.Struct, frozen=True):
    """The same request to both; the peer's processor time for it, and before it for reading up to the key before."""

    tandem: Turn
    peer: Turn
    peer_cpu_ms: float
    peer_reading_cpu_ms: float


class Side(msgspec.Struct, frozen=True, kw_only=True):
    """One of the two, over the requests that both answered."""

    n: int
    p50_ms: float | None
    p95_ms: float | None
    shown: float
    walls_ms: tuple[float, ...]


class Effort(msgspec.Struct, frozen=True, kw_only=True):
    """Processor time for equal service; reading up to the key before is part of Tandem's, and beside the peer's."""

    per_warm_request_ms: float
    per_key_ms: float
    reading_per_warm_request_ms: float = 0.0


class Comparison(msgspec.Struct, frozen=True, kw_only=True):
    """The two beside each other: over all requests, and over those where both gave text up to its natural end.

    Tandem has a deadline and is silent where it is unsure, the peer is not; so only the latter is like for like.
    """

    tandem: Side
    llama_cpp: Side
    tandem_whole: Side
    llama_cpp_whole: Side
    tandem_cpu: Effort
    llama_cpp_cpu: Effort


class Against(Recorder):
    """Asks the peer what Tandem was asked, after Tandem has answered."""

    def __init__(self, script: Script, document: Document, conduct: Conduct, editor: Editor, peer: Peer) -> None:
        super().__init__(script, document, conduct, editor)
        self.duels: list[Duel] = []
        self._peer = peer

    async def _answered(self, answer: Answer) -> None:
        await super()._answered(answer)
        record = self.records[-1]
        if record.kind == "warm":
            with stopped(self._editor.pid), going_on(self._peer.pid):
                found = await self._ask_peer()
            if found is not None:
                reading, reply = found
                ours = Turn(record.ms, record.characters, record.stop in NATURAL_STOPS)
                theirs = Turn(reply.ms, len(reply.text.strip()), reply.whole)
                self.duels.append(Duel(ours, theirs, reply.cpu_ms, reading.cpu_ms))

    async def _ask_peer(self) -> tuple[Reply, Reply] | None:
        text, cursor = self._document.text, self._cursor
        line = text.count("\n", 0, cursor)
        place = Place(line, cursor - text.rfind("\n", 0, cursor) - 1)
        mirror, settings = Mirror("file:///bench", self._document.language, 1, text, "utf-32"), Settings()
        around = window_at(mirror, place, settings)
        ask = decide(mirror, place, around, settings, explicit=False)
        if not isinstance(ask, Ask):
            return None
        reading = await self._peer.prepare(around.prefix[:-1], around.steady_suffix)
        return reading, await self._peer.complete(around.prefix, around.steady_suffix, ask.shape, ask.max_tokens)


async def duel(
    model: str, arguments: Sequence[str], conduct: Conduct, folder: Path, peer_options: Sequence[str] = ()
) -> Comparison:
    """Play the scenes with the peer asked beside; it is built, and its weights kept, in the folder."""
    weights, entry = folder / "weights", find(model)
    weights.mkdir(parents=True, exist_ok=True)
    file = fetch(entry, weights, lambda _: None, shelf=EngineConfig().bundles)
    players: list[Against] = []
    async with serving(build(folder / "peer"), file, entry, peer_options) as peer:
        os.kill(peer.pid, signal.SIGSTOP)

        def player(script: Script, document: Document, conduct: Conduct, editor: Editor) -> Against:
            players.append(Against(script, document, conduct, editor, peer))
            return players[-1]

        with loading_screen() as report:
            beside = await measure(arguments, scenes(), conduct, report, player)
    return compare(beside, [each for player in players for each in player.duels])


def compare(beside: Latency, duels: Sequence[Duel]) -> Comparison:
    """Sum up what both did over the same keys."""
    keys = max(sum(scene.keys for scene in beside.scenes), 1)
    requests = max(len(duels), 1)
    peer_ms = sum(each.peer_cpu_ms for each in duels)
    whole = [each for each in duels if all(turn.whole and turn.characters for turn in (each.tandem, each.peer))]
    return Comparison(
        tandem=_side([each.tandem for each in duels]),
        llama_cpp=_side([each.peer for each in duels]),
        tandem_whole=_side([each.tandem for each in whole]),
        llama_cpp_whole=_side([each.peer for each in whole]),
        tandem_cpu=Effort(
            per_warm_request_ms=round(beside.cpu_ms_per_key * keys / requests, 1), per_key_ms=beside.cpu_ms_per_key
        ),
        llama_cpp_cpu=Effort(
            per_warm_request_ms=round(peer_ms / requests, 1),
            per_key_ms=round(peer_ms / keys, 1),
            reading_per_warm_request_ms=round(fmean([each.peer_reading_cpu_ms for each in duels] or [0.0]), 1),
        ),
    )


def _side(turns: Sequence[Turn]) -> Side:
    walls = sorted(round(turn.ms, 2) for turn in turns)
    return Side(
        n=len(turns),
        p50_ms=percentile(0.50, walls),
        p95_ms=percentile(0.95, walls),
        shown=share_of(sum(turn.characters > 0 for turn in turns), len(turns)),
        walls_ms=tuple(walls),
    )


@contextlib.contextmanager
def stopped(pid: int) -> Iterator[None]:
    """Let a process and its children stand still meanwhile."""
    family = [pid, *(child.pid for child in psutil.Process(pid).children(recursive=True))]
    for each in family:
        os.kill(each, signal.SIGSTOP)
    try:
        yield
    finally:
        for each in family:
            os.kill(each, signal.SIGCONT)


@contextlib.contextmanager
def going_on(pid: int) -> Iterator[None]:
    """Let a process that stands still go on meanwhile."""
    os.kill(pid, signal.SIGCONT)
    try:
        yield
    finally:
        os.kill(pid, signal.SIGSTOP)
