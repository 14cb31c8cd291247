"""How fast suggestions come while somebody edits, beside llama.cpp on the same weights, request by request.

    make bench
    PYTHONPATH=tests .venv/bin/python tests/bench/latency.py [--model NAME] [--seconds N] [--no-peer]

Leaves bench-results/latency.json and latency.html. The scenes are played twice: alone, for Tandem's own figures, and
with the peer, which is asked at each warm request that Tandem answered, at the same place (tests/bench/duel.py);
`--peer-options='--spec-type ngram-simple'` gives it more options.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
from bench.duel import duel
from bench.scenes import scenes
from rich.console import Console
from rich.table import Table

from lsp.bench.latency import Latency, measure
from lsp.bench.report import Rival, page
from lsp.commands.bench import show
from lsp.commands.loading import loading_screen
from lsp.replay.player import Conduct

if TYPE_CHECKING:
    from bench.duel import Comparison

RESULTS = Path("bench-results")


class Ratio(msgspec.Struct, frozen=True):
    """The peer's figures over Tandem's."""

    p50: float | None
    p95: float | None


def main() -> int:
    """Measure, print and keep."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", default="qwen2.5-coder-0.5b")
    parser.add_argument("--seconds", type=float, default=60.0, help="of each scene, twice with the peer")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--no-peer", action="store_true")
    parser.add_argument("--peer-options", default="", help="more of llama.cpp's own")
    options = parser.parse_args()
    conduct = Conduct(seed=options.seed, seconds=options.seconds)
    arguments = ["--model", options.model]
    with loading_screen() as report:
        alone = asyncio.run(measure(arguments, scenes(), conduct, report))
    show(alone)
    result: dict[str, object] = {"tandem": summary(alone)}
    rival = None
    if not options.no_peer:
        both = asyncio.run(duel(options.model, arguments, conduct, RESULTS, options.peer_options.split()))
        result |= compared(alone, both)
        rival = Rival("llama.cpp", both.llama_cpp.walls_ms, rows(alone, both))
        show_rival(rival)
    RESULTS.mkdir(exist_ok=True)
    RESULTS.joinpath("latency.json").write_bytes(msgspec.json.format(msgspec.json.encode(result)))
    RESULTS.joinpath("latency.html").write_text(page(alone, rival), "utf-8")
    return 0


def summary(alone: Latency) -> dict[str, object]:
    """Put the kinds of request first, and everything else beside them."""
    whole: dict[str, object] = msgspec.to_builtins(alone)
    kinds = whole.pop("kinds")
    return (kinds if isinstance(kinds, dict) else {}) | whole


def compared(alone: Latency, both: Comparison) -> dict[str, object]:
    """Put the two beside each other.

    `ratio` sets the peer's answers against Tandem's figures alone, in which requests that the next key overtook count
    as slower; in `duel`, over the very same requests, those are missing, which flatters Tandem. `duel_whole` is over
    those of them where both gave text up to its natural end.
    """
    return {
        "llama_cpp": {"warm": both.llama_cpp},
        "ratio": ratio(alone, both),
        "duel": {"tandem": both.tandem, "llama_cpp": both.llama_cpp},
        "duel_whole": {"tandem": both.tandem_whole, "llama_cpp": both.llama_cpp_whole},
        "cpu": {"tandem": both.tandem_cpu, "llama_cpp": both.llama_cpp_cpu},
    }


def ratio(alone: Latency, both: Comparison) -> Ratio:
    """Say how many times Tandem's own figures the peer's are."""
    warm, peer = alone.kinds["warm"], both.llama_cpp
    return Ratio(_times(peer.p50_ms, warm.p50_ms), _times(peer.p95_ms, warm.p95_ms))


def rows(alone: Latency, both: Comparison) -> list[tuple[str, str, str]]:
    """Say what was found, for a table: what, Tandem's figure, the peer's."""
    warm, ours, theirs = alone.kinds["warm"], both.tandem, both.llama_cpp
    times, work, their_work = ratio(alone, both), both.tandem_cpu, both.llama_cpp_cpu
    ours_whole, theirs_whole = both.tandem_whole, both.llama_cpp_whole
    return [
        ("p50, Tandem's with those overtaken", f"{warm.p50_ms} ms", f"{theirs.p50_ms} ms ({times.p50} times)"),
        ("p95, Tandem's with those overtaken", f"{warm.p95_ms} ms", f"{theirs.p95_ms} ms ({times.p95} times)"),
        ("requests that both answered", f"{ours.n}", f"{theirs.n}"),
        ("p50 of those", f"{ours.p50_ms} ms", f"{theirs.p50_ms} ms"),
        ("p95 of those", f"{ours.p95_ms} ms", f"{theirs.p95_ms} ms"),
        ("with text", f"{ours.shown:.0%}", f"{theirs.shown:.0%}"),
        ("where both gave text to its natural end", f"{ours_whole.n}", f"{theirs_whole.n}"),
        ("p50 of those", f"{ours_whole.p50_ms} ms", f"{theirs_whole.p50_ms} ms"),
        ("p95 of those", f"{ours_whole.p95_ms} ms", f"{theirs_whole.p95_ms} ms"),
        (
            "processor time for each (Tandem: all that it spent; llama.cpp: reading before + answering)",
            f"{work.per_warm_request_ms} ms",
            f"{their_work.reading_per_warm_request_ms} + {their_work.per_warm_request_ms} ms",
        ),
        (
            "processor time a key (llama.cpp: answering alone)",
            f"{work.per_key_ms} ms",
            f"{their_work.per_key_ms} ms",
        ),
    ]


def show_rival(rival: Rival) -> None:
    """Print the comparison."""
    table = Table("", "Tandem", rival.name, box=None, header_style="bold")
    for row in rival.rows:
        table.add_row(*row)
    Console(highlight=False).print(table)


def _times(slow: float | None, fast: float | None) -> float | None:
    return round(slow / fast, 2) if slow and fast else None


if __name__ == "__main__":
    sys.exit(main())
