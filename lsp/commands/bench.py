"""`tandem bench latency [FILE|TRACE ...]`: how fast suggestions come on this machine while somebody edits.

Invariant: with `--json` standard output holds one object and nothing else.
"""

from __future__ import annotations

import argparse
import asyncio
import copy
import sys
import textwrap
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
from rich.console import Console
from rich.table import Table

from lsp.bench.latency import Latency, Scene, measure
from lsp.bench.report import page
from lsp.commands.files import check_file
from lsp.commands.loading import loading_screen
from lsp.commands.options import ServerChoice, add_server_options, positive
from lsp.commands.replay import read_script
from lsp.replay.player import Conduct

if TYPE_CHECKING:
    from collections.abc import Sequence

USUAL = (Path(copy.__file__), Path(textwrap.__file__))
SECONDS = 60.0


class Arguments(ServerChoice, kw_only=True):
    """The command line, parsed."""

    what: str
    sources: list[Path]
    json: bool
    html: Path | None
    seconds: float
    seed: int


def main(arguments: Sequence[str], prog: str) -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog=prog, description="How fast suggestions come while somebody edits.")
    parser.add_argument("what", choices=("latency",), help="what to measure")
    parser.add_argument("sources", nargs="*", type=Path, default=[], metavar="FILE|TRACE", help="what to type")
    parser.add_argument(
        "--seconds", type=positive, default=SECONDS, metavar="N", help="for each (default: %(default)s)"
    )
    parser.add_argument("--seed", type=int, default=1, help="of the gaps between keys (default: %(default)s)")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.add_argument("--html", type=Path, metavar="FILE", help="write a page with plots, too")
    add_server_options(parser)
    chosen = msgspec.convert(vars(parser.parse_args(arguments)), Arguments)
    scenes = [_scene(path) for path in chosen.sources or USUAL]
    conduct = Conduct(seed=chosen.seed, seconds=chosen.seconds)
    with loading_screen() as report:
        latency = asyncio.run(measure(chosen.server_arguments(), scenes, conduct, report))
    if chosen.html is not None:
        chosen.html.write_text(page(latency), "utf-8")
    if chosen.json:
        sys.stdout.write(msgspec.json.encode(latency).decode() + "\n")
    else:
        show(latency)
    return 0


def _scene(path: Path) -> Scene:
    check_file(path)
    return Scene(path.absolute(), read_script(path))


def show(latency: Latency) -> None:
    """Print a table, a row for each kind of request."""
    table = Table("requests", "n", "p50 ms", "p95 ms", "p99 ms", "shown", "natural end", "tokens a step", box=None)
    for kind, each in latency.kinds.items():
        walls = ("-" if wall is None else f"{wall:.0f}" for wall in (each.p50_ms, each.p95_ms, each.p99_ms))
        shares = (f"{each.shown:.0%}", f"{each.natural_end:.0%}", f"{each.tokens_per_step:.1f}")
        table.add_row(kind.replace("_", " "), str(each.n), *walls, *shares)
    console = Console(highlight=False)
    console.print(f"{latency.model} on {latency.device}, {latency.seconds:.0f} s of editing")
    console.print(table)
    console.print(f"{latency.cpu_ms_per_key:.0f} ms of processor time a key, {latency.memory_mb:.0f} MB at most")
