"""`tandem devices`: what models can run on here, what each of them takes there, and what `auto` makes of it.

Invariant: what is known from before is not measured again, unless that is asked for. Simulated devices stand apart.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import msgspec
from rich.table import Table

from engine.choice.cost import FORMULA, LINE_TOKENS, NEW_TOKENS, TOKENS_PER_STEP
from engine.choice.judge import BUDGET_MS, pick
from engine.choice.notebook import Notebook
from engine.choice.survey import Pair, Survey
from engine.commands.budget import add_budget
from engine.commands.output import answer, say, show
from engine.config import EngineConfig
from engine.models.disk import megabytes, require_folder
from hardware.bandwidth import SIZE_BYTES, read_bytes_per_s
from hardware.probe import Machine, probe
from hardware.registry import KnownDevice, known

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterable

    from engine.commands.output import Actions


class Typical(msgspec.Struct, frozen=True, kw_only=True):
    """The request that pairs are compared by, and how long it takes: `formula`, of a pair's figures and these."""

    new_tokens: int = NEW_TOKENS
    line_tokens: int = LINE_TOKENS
    tokens_per_step: float = TOKENS_PER_STEP
    formula: str = FORMULA


class PairRow(msgspec.Struct, frozen=True, kw_only=True):
    """A model on a device, as `tandem devices --json` shows it; without figures `reason` says why.

    Where `simulated`, they are of the device's own clock. `tokens_in_budget` are those of a typical request's line.
    """

    model: str
    device: str
    reason: str = ""
    simulated: bool = False
    step_ms: float | None = None
    read_tokens_per_s: float | None = None
    request_ms: float | None = None
    tokens_in_budget: float | None = None


class Chosen(msgspec.Struct, frozen=True, kw_only=True):
    """What `auto` takes, or would with this budget, and why."""

    model: str
    device: str
    why: str


class DeviceList(msgspec.Struct, frozen=True, kw_only=True):
    """The answer of `tandem devices --json`; `read_bytes_per_s` is of memory, by the processor, 0 if not measured."""

    machine: Machine
    devices: tuple[KnownDevice, ...]
    read_bytes_per_s: float
    budget_ms: float
    request: Typical
    pairs: tuple[PairRow, ...]
    auto: Chosen | None


def add(areas: Actions) -> None:
    """Declare `devices`."""
    devices = areas.add_parser("devices", help="list what models can run on here", description=_devices.__doc__)
    add_budget(devices)
    how = devices.add_mutually_exclusive_group()
    how.add_argument("--fresh", action="store_true", help="measure anew what was measured before")
    how.add_argument("--known", action="store_true", help="measure nothing: show what is known")
    devices.add_argument("--cache-dir", default="", metavar="DIR", help="where models are kept (the user's cache)")
    devices.add_argument("--json", action="store_true", help="print one JSON object")
    devices.set_defaults(command=_devices)


def _devices(options: argparse.Namespace) -> int:
    """Show what models can run on, what each that is here takes there, and which pair `auto` takes."""
    config = EngineConfig(cache_dir=options.cache_dir)
    require_folder(config.bundles)
    found = _look(config, options.budget_ms, fresh=options.fresh, measures=not options.known)
    if options.json:
        return answer(found)
    _show_machine(found)
    _show_pairs([row for row in found.pairs if not row.simulated], found.budget_ms)
    simulated = [row for row in found.pairs if row.simulated]
    if simulated:
        say("\nsimulated, by a clock of its own; what is simulated is never chosen by `auto`:")
        _show_pairs(simulated, found.budget_ms)
    _show_choice(found)
    return 0


def _look(config: EngineConfig, budget_ms: float, *, fresh: bool, measures: bool) -> DeviceList:
    notebook, devices, machine = Notebook(config, fresh=fresh), tuple(known()), probe()
    pairs = list(Survey(config, notebook, _progress, measures=measures).pairs(devices))
    if (
        any(pair.cost for pair in pairs)
        and measures
        and not notebook.bytes_per_s
        and machine.available_bytes > 2 * SIZE_BYTES
    ):
        notebook.note_bandwidth(read_bytes_per_s(machine.threads))
    verdict = pick([pair.offer for pair in pairs if not pair.by_name], budget_ms)
    return DeviceList(
        machine=machine,
        devices=devices,
        read_bytes_per_s=notebook.bytes_per_s,
        budget_ms=budget_ms,
        request=Typical(),
        pairs=tuple(_row(pair, budget_ms) for pair in pairs),
        auto=Chosen(model=verdict.offer.model, device=verdict.offer.device, why=verdict.why) if verdict else None,
    )


def _row(pair: Pair, budget_ms: float) -> PairRow:
    cost = pair.cost
    if cost is None:
        return PairRow(model=pair.model, device=pair.device, reason=pair.reason)
    return PairRow(
        model=pair.model,
        device=pair.device,
        simulated=cost.simulated,
        step_ms=cost.step_ms,
        read_tokens_per_s=cost.read_tokens_per_s,
        request_ms=cost.request_ms,
        tokens_in_budget=cost.tokens_within(budget_ms),
    )


def _show_machine(found: DeviceList) -> None:
    machine, table = found.machine, Table("device", "available", "", box=None, header_style="bold")
    for device in found.devices:
        table.add_row(device.name, "yes" if device.available else "no", device.reason or device.description)
    show(table)
    cores = f"{machine.physical_cores} cores ({machine.logical_cores} logical)"
    quota = f", of which {machine.quota_cores:g} may be used" if machine.quota_cores is not None else ""
    speed = f", read at {found.read_bytes_per_s / 1e9:.0f} GB/s" if found.read_bytes_per_s else ""
    memory = f"{megabytes(machine.available_bytes)} of {megabytes(machine.memory_bytes)} memory free"
    say(f"{cores}{quota}, {memory}{speed}\n")


def _show_pairs(rows: Iterable[PairRow], budget_ms: float) -> None:
    table = Table(box=None, header_style="bold")
    for column in ("model", "device", "a token", "reads", "a new line"):
        table.add_column(column, no_wrap=True)
    table.add_column(f"by {budget_ms:g} ms")
    for row in rows:
        if row.step_ms is None or row.read_tokens_per_s is None or row.request_ms is None:
            table.add_row(row.model, row.device, "", "", "", row.reason)
            continue
        reads, tokens = f"{row.read_tokens_per_s:,.0f}/s", f"{int(row.tokens_in_budget or 0)} of {LINE_TOKENS} tokens"
        table.add_row(row.model, row.device, _ms(row.step_ms), reads, _ms(row.request_ms), tokens)
    show(table)


def _show_choice(found: DeviceList) -> None:
    chosen = found.auto
    if chosen is None:
        say("\n`auto` cannot open the model that it would take; the list says why.")
        return
    takes = "takes" if found.budget_ms == BUDGET_MS else f"would take, for {found.budget_ms:g} ms,"
    say(f"\n`auto` {takes} {chosen.model} on {chosen.device}: {chosen.why}.")
    line = f"A new line is {NEW_TOKENS} tokens read and {LINE_TOKENS} written, {TOKENS_PER_STEP} a step"
    say(f"{line}, with nothing else running and nothing computed ahead.")


def _ms(value: float) -> str:
    return f"{value:.0f} ms" if value >= 10 else f"{value:.2g} ms"


def _progress(doing: str) -> None:
    sys.stderr.write(f"{doing} ...\n")
    sys.stderr.flush()
