"""`tandem complete FILE --at LINE:COL`: one suggestion, by the same way an editor gets it.

Invariant: standard output holds the suggestion and nothing else, or with `--json` one object.
"""

from __future__ import annotations

import argparse
import asyncio
import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import msgspec
from rich.console import Console
from rich.text import Text

from lsp.buffer import offset_of
from lsp.commands.files import project_of, read_source
from lsp.commands.loading import loading_screen
from lsp.commands.options import ServerChoice, add_server_options
from lsp.headless import start_editor
from lsp.suggestion import StageTimes

if TYPE_CHECKING:
    from collections.abc import Sequence

    from lsp.headless import Answer
    from lsp.status import Report

PATIENCE_MS = 60_000
"""An editor asks with warm caches; here all that stands around the cursor is read for the first time."""


class Place(NamedTuple):
    """A line and a column, both from 1."""

    line: int
    column: int


class Arguments(ServerChoice, kw_only=True):
    """The command line, parsed."""

    file: Path
    at: Place
    json: bool


class Suggestion(msgspec.Struct, kw_only=True):
    """What `--json` prints; `reason` says why `text` is empty, where it is."""

    text: str
    device: str
    model: str
    tokens: int
    timings: StageTimes
    confidence: float
    stop: str
    reason: str = ""


def main(arguments: Sequence[str], prog: str) -> int:
    """Print a suggestion."""
    parser = argparse.ArgumentParser(prog=prog, description="One suggestion for a place in a file.")
    parser.add_argument("file", type=Path, metavar="FILE")
    parser.add_argument(
        "--at", type=_place, required=True, metavar="LINE:COL", help="where the cursor is; both from 1, in characters"
    )
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    add_server_options(parser)
    chosen = msgspec.convert(vars(parser.parse_args(arguments)), Arguments)
    text = read_source(chosen.file)
    cursor = offset_of(text, *chosen.at)
    suggestion = asyncio.run(_complete(chosen, text, cursor))
    if chosen.json:
        sys.stdout.write(msgspec.json.encode(suggestion).decode() + "\n")
    else:
        _show(suggestion)
    return 0


def _place(text: str) -> Place:
    match = re.fullmatch(r"([0-9]+):([0-9]+)", text)
    if not match:
        raise argparse.ArgumentTypeError(f"{text!r} is not LINE:COL, such as 12:5")
    return Place(int(match[1]), int(match[2]))


async def _complete(chosen: Arguments, text: str, cursor: int) -> Suggestion:
    patient = {"explicitDeadlineMs": PATIENCE_MS}
    async with start_editor(chosen.server_arguments(), patient, folders=[project_of(chosen.file)]) as editor:
        with loading_screen() as report:
            await editor.ready(report)
        document = editor.open(chosen.file.absolute(), text)
        answer = await document.ask(cursor, invoked=True).answer
        return _suggestion(answer, await editor.status())


def _suggestion(answer: Answer, status: Report) -> Suggestion:
    source = answer.provenance
    if not answer.text or source is None:
        return Suggestion(
            text="",
            device=status.device,
            model=status.model,
            tokens=0,
            timings=StageTimes(total_ms=answer.ms),
            confidence=0.0,
            stop="",
            reason=status.last.reason if status.last else "",
        )
    return Suggestion(
        text=answer.text,
        device=source.device,
        model=source.model,
        tokens=source.tokens,
        timings=source.timings,
        confidence=source.confidence,
        stop=source.stop,
    )


def _show(suggestion: Suggestion) -> None:
    times = suggestion.timings
    notes = Console(stderr=True, highlight=False, soft_wrap=True)
    if not suggestion.text:
        notes.print(f"No suggestion here ({suggestion.reason or 'the model has nothing to add'}).", markup=False)
        return
    Console(soft_wrap=True).print(Text(suggestion.text, style="bright_black"))
    simulated = "" if times.simulated_ms is None else f"; simulated: {times.simulated_ms:.2f} ms"
    notes.print(
        f"{times.total_ms:.0f} ms: prefill {times.prefill_ms:.0f}, decoding {times.decode_ms:.0f} "
        f"({suggestion.tokens} tokens in {times.steps} steps, {times.cached_tokens} cached), "
        f"{suggestion.model} on {suggestion.device}, confidence {suggestion.confidence:.2f}, stop: {suggestion.stop}"
        f"{simulated}",
        markup=False,
    )
