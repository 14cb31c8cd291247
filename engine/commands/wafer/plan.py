"""`tandem wafer plan`: what a model would take on a wafer-scale engine, and what it would give.

Invariant: the table, the JSON and the picture show one and the same plan; figures of one stream, of filled wafers and
of what others publish are never in one line.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from rich.table import Table

from engine.commands.budget import add_budget
from engine.commands.output import answer, complain, say, show
from engine.commands.wafer import options as shared
from engine.commands.wafer.model import find_workload
from engine.commands.wafer.report import PlanReport, report
from engine.config import EngineConfig
from hardware.wafer.picture import draw
from hardware.wafer.plan import Question, make_plan

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterator

    from engine.commands.output import Actions

USUAL = Question(context_tokens=EngineConfig().context_tokens)


def add(actions: Actions) -> None:
    """Declare `plan`."""
    about = "what a model would take on wafers, and how fast it would be"
    parser = actions.add_parser("plan", help=about, description=f"{about[0].upper()}{about[1:]}.")
    parser.add_argument("model", metavar="MODEL", help="a model's name, or a bundle's folder")
    shared.add_device(parser)
    for name, usual, meaning in (
        ("--context", USUAL.context_tokens, "tokens that the cache has room for"),
        ("--tokens", USUAL.suggestion_tokens, "tokens of the suggestion that is to meet the budget"),
        ("--fresh", USUAL.fresh_tokens, "tokens in front of it that the cache has not seen"),
    ):
        help_text = f"{meaning} (default: {usual})"
        parser.add_argument(name, type=shared.count, default=usual, metavar="N", help=help_text)
    add_budget(parser)
    parser.add_argument("--grid", type=shared.count, metavar="P", help="squares of P x P cores (default: the fastest)")
    parser.add_argument("--wafers", type=shared.count, metavar="N", help="at most so many (default: as many as needed)")
    parser.add_argument("--svg", metavar="FILE", help="draw the floor plan into this file")
    parser.set_defaults(command=_plan)


def _plan(options: argparse.Namespace) -> int:
    """Plan, draw if asked to, and tell. Raises WaferError."""
    question = Question(
        context_tokens=options.context,
        suggestion_tokens=options.tokens,
        fresh_tokens=options.fresh,
        side=options.grid,
        wafers=options.wafers,
    )
    plan = make_plan(find_workload(options.model), shared.device(options), question)
    if options.svg:
        try:
            Path(options.svg).write_text(draw(plan), encoding="utf-8")
        except OSError as error:
            return complain(f"{options.svg} cannot be written ({error.strerror}): name another file for --svg.", 1)
    found = report(plan, options.budget_ms)
    return answer(found) if options.json else _tell(found)


def _tell(found: PlanReport) -> int:
    _show_facts(found)
    say("")
    _show_budget(found)
    for note in found.notes:
        say(f"- {note}")
    return 0


def _show_facts(found: PlanReport) -> None:
    table = Table(box=None, show_header=False)
    table.add_column()
    table.add_column(overflow="fold")
    for name, text in (*_place(found), *_speed(found), *_answer(found)):
        table.add_row(name, text)
    show(table)


def _place(found: PlanReport) -> Iterator[tuple[str, str]]:
    place, cache = found.placement, f"{found.cache_gb:,.3f} GB for {found.context_tokens:,} tokens"
    yield "model", f"{found.model}: {found.source}"
    yield "memory", f"{found.weight_gb:,.2f} GB of fp16 weights, {cache}"
    yield "placed on", f"{place.wafers} {found.device}, {place.squares} squares of {place.grid} x {place.grid} cores"
    yield (
        "fullest core",
        f"{place.fullest_core_bytes:,} of {place.core_bytes:,} bytes, {place.code_bytes:,} of them code",
    )
    yield "power", f"{found.power_kw:,.1f} kW, whatever the load"


def _speed(found: PlanReport) -> Iterator[tuple[str, str]]:
    one, many = found.single_stream, found.filled
    yield "one token", f"{one.cycles:,.0f} cycles, {one.microseconds:,.1f} us at {found.clock_ghz:g} GHz"
    yield "one stream", f"{one.tokens_per_second:,.0f} tokens/s, {_joules(one.joules_per_token)} a token"
    yield "filled", f"{many.tokens_per_second:,.0f} tokens/s in all, {_joules(many.joules_per_token)} a token"
    streams = f"{_many(many.streams, 'stream')} of {many.tokens_per_second_each:,.0f} tokens/s"
    yield "", f"{streams}, {_many(many.copies, 'copy', 'copies')} on squares of {many.grid} x {many.grid} cores"
    yield "arithmetic", f"in {one.utilisation:.2%} of all cycles with one stream, in {many.utilisation:.1%} filled"


def _answer(found: PlanReport) -> Iterator[tuple[str, str]]:
    answered, chunks = found.suggestion, f"{found.context_tokens:,} tokens in chunks of {found.prefill_chunk_tokens:,}"
    budget = f"{answered.budget_ms:g} ms"
    yield "first token", f"{found.first_token_ms:,.2f} ms, reading {chunks}"
    length = f"{answered.tokens} tokens behind {answered.fresh_tokens} new ones"
    yield "suggestion", f"{length}: {answered.warm_ms:,.2f} ms, {_verdict(answered.warm_meets)} {budget}"
    stepwise = f"{answered.warm_stepwise_ms:,.2f} ms, {_verdict(answered.warm_stepwise_meets)} {budget}"
    yield "... host each step", stepwise
    yield "... from nothing", f"{answered.cold_ms:,.2f} ms, {_verdict(answered.cold_meets)} {budget}"


def _joules(energy: float) -> str:
    return f"{energy:,.0f} J" if energy >= 100 else f"{energy:.3g} J"


def _many(count: int, one: str, more: str = "") -> str:
    return f"{count} {one if count == 1 else more or f'{one}s'}"


def _verdict(meets: bool) -> str:
    return "within" if meets else "not within"


def _show_budget(found: PlanReport) -> None:
    table = Table("part of a token's time", box=None, header_style="bold")
    for heading in ("cycles", "", "arithmetic", "waiting", "getting going"):
        table.add_column(heading, justify="right")
    for part in found.budget:
        cycles = (part.compute_cycles, part.communication_cycles, part.overhead_cycles)
        share = f"{part.cycles / found.single_stream.cycles:.1%}"
        table.add_row(part.name, f"{part.cycles:,.0f}", share, *(f"{each:,.0f}" for each in cycles))
    show(table)
