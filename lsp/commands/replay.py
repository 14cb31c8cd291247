"""`tandem replay FILE|TRACE`: type a file or a recorded session into the real server, look on, and sum up.

Invariant: with `--json` standard output holds one object and nothing else; what there is to see goes to standard error.
"""

from __future__ import annotations

import argparse
import asyncio
import math
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
from rich.console import Console

from lsp.commands.files import check_file, project_of, read_source
from lsp.commands.loading import loading_screen
from lsp.commands.options import ServerChoice, add_server_options, positive
from lsp.errors import BadInput
from lsp.headless import start_editor
from lsp.replay.ahead import Recording, recording
from lsp.replay.clock import UNHURRIED, SimulatedClock, WallClock
from lsp.replay.player import DEBOUNCE_S, WORTH_KEYS, Accepting, Conduct, Pace, Player
from lsp.replay.screen import summary_table, watching
from lsp.replay.summary import Summary, summarise
from lsp.replay.trace import is_trace, read_trace
from lsp.replay.typist import type_file

if TYPE_CHECKING:
    from collections.abc import Sequence

    from lsp.replay.script import Script

_DESCRIPTION = f"""\
Types into the real server what a person would, and shows what is suggested.

A file's first half is there already; of the rest every second function or method is typed, with the indentation
that an editor brings. A trace (.json or .json.gz: startContent, endContent, txns with patches of [position, deleted,
inserted]) is typed as it was recorded. A suggestion is asked for {DEBOUNCE_S} s after a key, and taken if it is
exactly what comes next and saves {WORTH_KEYS} keys or more.

At simulated pace, with a simulated device (--device wafer), all of it is computed first, as slowly as this machine
does, and then shown as it would go by if the device were as fast as the simulation says."""


class Arguments(ServerChoice, kw_only=True):
    """The command line, parsed."""

    source: Path
    name: str | None
    json: bool
    pace: Pace
    accept: Accepting
    keys: float
    seconds: float
    seed: int


def main(arguments: Sequence[str], prog: str) -> int:
    """Replay and sum up."""
    chosen = _parse(arguments, prog)
    check_file(chosen.source)
    script = read_script(chosen.source)
    console = Console(stderr=chosen.json, highlight=False)
    summary = asyncio.run(_replay(chosen, script, console))
    if chosen.json:
        sys.stdout.write(msgspec.json.encode(summary).decode() + "\n")
    else:
        console.print(summary_table(summary))
    return 0


def _parse(arguments: Sequence[str], prog: str) -> Arguments:
    parser = argparse.ArgumentParser(
        prog=prog, description=_DESCRIPTION, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("source", type=Path, metavar="FILE|TRACE", help="what to type; .json and .json.gz are traces")
    parser.add_argument("--json", action="store_true", help="print the summary as one JSON object")
    parser.add_argument(
        "--pace",
        default="real",
        choices=("real", "max", "simulated"),
        help="as a person types; as fast as answers come; as a person types beside a simulated device",
    )
    parser.add_argument(
        "--accept",
        default="line",
        choices=("line", "whole", "never"),
        help="take a suggestion, or its first line alone; only the whole of it; nothing (default: %(default)s)",
    )
    parser.add_argument("--keys", type=positive, default=math.inf, metavar="N", help="stop after so many keys")
    parser.add_argument("--seconds", type=positive, default=math.inf, metavar="N", help="stop after so long a typing")
    parser.add_argument("--seed", type=int, default=0, help="of the gaps between keys (default: %(default)s)")
    parser.add_argument(
        "--as", dest="name", metavar="NAME", help="the document's name for the server, such as main.rs for a trace"
    )
    add_server_options(parser)
    return msgspec.convert(vars(parser.parse_args(arguments)), Arguments)


def read_script(source: Path) -> Script:
    """Plan the typing of a file, or read a trace. Raises BadInput."""
    if not is_trace(source):
        return type_file(source.name, read_source(source))
    try:
        return read_trace(source)
    except OSError as error:
        raise BadInput(f"{source} cannot be read: {error.strerror}.") from error


async def _replay(chosen: Arguments, script: Script, console: Console) -> Summary:
    conduct = Conduct(
        pace=chosen.pace, accept=chosen.accept, seed=chosen.seed, keys=chosen.keys, seconds=chosen.seconds
    )
    simulated = conduct.pace == "simulated"
    settings, folders = UNHURRIED if simulated else None, [project_of(chosen.source)]
    async with start_editor(chosen.server_arguments(), settings, folders=folders) as editor:
        with loading_screen() as report:
            status = await editor.ready(report)
        if simulated and status.simulated is None:
            raise BadInput(f"{status.device} has no simulated clock: take --device wafer, or another --pace.")
        name = chosen.name or script.name
        document = editor.open(chosen.source.absolute().with_name(name), script.start)
        clock = SimulatedClock(editor.status) if simulated else WallClock()
        where = f"{status.model} on {status.device}{', by its simulated clock' if simulated else ''}"
        ahead = simulated and console.is_terminal  # elsewhere there is nothing that could be shown in its own time
        used_s, started_s, began_s = editor.cpu_s(), time.monotonic(), clock.now_s
        with recording(console, clock) if ahead else watching(console, name, where) as watch:
            tally = await Player(script, document, conduct, watch, clock).play()
        summary = summarise(
            tally,
            name=name,
            model=status.model,
            device=status.device,
            pace=conduct.pace,
            seed=conduct.seed,
            seconds=time.monotonic() - started_s,
            cpu_s=editor.cpu_s() - used_s,
            simulated_s=clock.now_s - began_s if simulated else None,
        )
    if isinstance(watch, Recording):
        with watching(console, name, where) as screen:
            await watch.show(screen)
    return summary
