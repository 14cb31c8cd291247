"""How fast suggestions come while somebody edits, beside llama.cpp on the same weights, request by request.

    make bench
    PYTHONPATH=tests .venv/bin/python tests/bench/latency.py [--model NAME] [--seconds N] [--no-peer]

Leaves bench-results/latency.json. The scenes are played twice: alone, for Tandem's own figures, and with the peer,
which is asked at each warm request that Tandem answered, at the same place. Whoever's turn it is not is stopped
(SIGSTOP): it takes no time from the other, and gets none to work ahead.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import os
import signal
import sys
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import msgspec
import psutil
from bench.peer import Peer, build, serving
from bench.scenes import scenes

from engine.config import EngineConfig
from engine.models.catalog import find
from engine.models.fetch import fetch
from lsp.bench.latency import Latency, measure
from lsp.bench.recorder import Recorder
from lsp.commands.bench import show
from lsp.commands.loading import loading_screen
from lsp.document import Document as Mirror
from lsp.document import Place
from lsp.plan import window_at
from lsp.replay.player import Conduct
from lsp.replay.summary import percentile
from lsp.settings import Settings
from lsp.trigger import Ask, decide

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from lsp.headless import Answer, Document, Editor
    from lsp.replay.script import Script

RESULTS = Path("bench-results")


class Duel(NamedTuple):
    """The same request to both; milliseconds, and characters of text."""

    tandem_ms: float
    peer_ms: float
    tandem_characters: int
    peer_characters: int


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
                ms, characters = found
                self.duels.append(Duel(record.ms, ms, record.characters, characters))

    async def _ask_peer(self) -> tuple[float, int] | None:
        text, cursor = self._document.text, self._cursor
        line = text.count("\n", 0, cursor)
        place = Place(line, cursor - text.rfind("\n", 0, cursor) - 1)
        mirror, settings = Mirror("file:///bench", "python", 1, text, "utf-32"), Settings()
        around = window_at(mirror, place, settings)
        ask = decide(mirror, place, around, settings, explicit=False)
        if not isinstance(ask, Ask):
            return None
        await self._peer.prepare(around.prefix[:-1], around.steady_suffix)
        reply = await self._peer.complete(around.prefix, around.steady_suffix, ask.shape, ask.max_tokens)
        return reply.ms, len(reply.text)


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


def main() -> int:
    """Measure, print and keep."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", default="qwen2.5-coder-0.5b")
    parser.add_argument("--seconds", type=float, default=60.0, help="of each scene, twice with the peer")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--no-peer", action="store_true")
    options = parser.parse_args()
    conduct = Conduct(seed=options.seed, seconds=options.seconds)
    arguments = ["--model", options.model]
    with loading_screen() as report:
        alone = asyncio.run(measure(arguments, scenes(), conduct, report))
    show(alone)
    result: dict[str, object] = {"tandem": summary(alone)}
    if not options.no_peer:
        result |= compared(alone, asyncio.run(duels(options.model, arguments, conduct)))
        sys.stdout.write(f"llama.cpp over Tandem: {result['ratio']}; on the same requests: {result['duel']}\n")
    RESULTS.mkdir(exist_ok=True)
    RESULTS.joinpath("latency.json").write_bytes(msgspec.json.format(msgspec.json.encode(result)))
    return 0


def summary(alone: Latency) -> dict[str, object]:
    """Put the kinds of request first, and everything else beside them."""
    whole: dict[str, object] = msgspec.to_builtins(alone)
    kinds = whole.pop("kinds")
    return (kinds if isinstance(kinds, dict) else {}) | whole


async def duels(model: str, arguments: Sequence[str], conduct: Conduct) -> list[Duel]:
    """Play the scenes again, with the peer asked beside."""
    folder, entry = RESULTS / "weights", find(model)
    folder.mkdir(parents=True, exist_ok=True)
    weights = fetch(entry, folder, lambda _: None, shelf=EngineConfig().bundles)
    found: list[Duel] = []
    players: list[Against] = []
    async with serving(build(RESULTS / "peer"), weights, entry) as peer:
        os.kill(peer.pid, signal.SIGSTOP)

        def player(script: Script, document: Document, conduct: Conduct, editor: Editor) -> Against:
            players.append(Against(script, document, conduct, editor, peer))
            return players[-1]

        with loading_screen() as report:
            await measure(arguments, scenes(), conduct, report, player)
    for each in players:
        found += each.duels
    return found


def compared(alone: Latency, found: Sequence[Duel]) -> dict[str, object]:
    """Put the two beside each other.

    `ratio` sets the peer's answers against Tandem's figures alone, in which requests that the next key overtook count
    as slower; in `duel`, over the very same requests, those are missing, which flatters Tandem.
    """
    warm = alone.kinds["warm"]
    tandem, peer = _figures([duel[0::2] for duel in found]), _figures([duel[1::2] for duel in found])
    return {
        "llama_cpp": {"warm": peer},
        "ratio": {"p50": _ratio(peer["p50_ms"], warm.p50_ms), "p95": _ratio(peer["p95_ms"], warm.p95_ms)},
        "duel": {"tandem": tandem, "llama_cpp": peer},
    }


def _figures(found: Sequence[tuple[float, ...]]) -> dict[str, float | None]:
    walls = [ms for ms, _ in found]
    shown = sum(characters > 0 for _, characters in found)
    return {
        "n": len(found),
        "p50_ms": percentile(0.5, walls),
        "p95_ms": percentile(0.95, walls),
        "shown": round(shown / max(len(found), 1), 4),
    }


def _ratio(slow: float | None, fast: float | None) -> float | None:
    return round(slow / fast, 2) if slow and fast else None


if __name__ == "__main__":
    sys.exit(main())
