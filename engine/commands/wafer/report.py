"""The answer of `tandem wafer plan --json`.

Invariant: units stand in the names; nothing is rounded.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from hardware.wafer.architecture import ServiceSpeed, architectures

if TYPE_CHECKING:
    from hardware.wafer.plan import Plan, Stream


class Square(msgspec.Struct, frozen=True, kw_only=True):
    """What lies on one square; columns and rows count squares, from 0, the layers are those it has a part of."""

    wafer: int
    column: int
    row: int
    holds: str
    layers: tuple[int, ...]
    weight_bytes_per_core: int
    cache_bytes_per_core: int


class PlacementReport(msgspec.Struct, frozen=True, kw_only=True):
    """Where the model lies. `unused_squares` are free on the wafers that it takes."""

    wafers: int
    grid: int
    squares: int
    unused_squares: int
    core_bytes: int
    code_bytes: int
    fullest_core_bytes: int
    stages: tuple[Square, ...]


class Part(msgspec.Struct, frozen=True, kw_only=True):
    """A part of one token's time, of all layers together."""

    name: str
    cycles: float
    compute_cycles: float
    communication_cycles: float
    overhead_cycles: float


class SingleStream(msgspec.Struct, frozen=True, kw_only=True):
    """One stream, with the wafers to itself, at the full context."""

    cycles: float
    microseconds: float
    tokens_per_second: float
    joules_per_token: float
    utilisation: float


class FilledReport(msgspec.Struct, frozen=True, kw_only=True):
    """As many streams as there is room for, all together, on squares of the size that suits them."""

    grid: int
    copies: int
    streams: int
    tokens_per_second: float
    tokens_per_second_each: float
    joules_per_token: float
    utilisation: float


class SuggestionReport(msgspec.Struct, frozen=True, kw_only=True):
    """A suggestion as the host sees it: with all but the fresh tokens in the cache, and with nothing there.

    `stepwise` has the host take part in each step; else the decoding loop stays on the wafer.
    """

    tokens: int
    fresh_tokens: int
    budget_ms: float
    warm_ms: float
    warm_meets: bool
    cold_ms: float
    cold_meets: bool
    warm_stepwise_ms: float
    warm_stepwise_meets: bool


class PlanReport(msgspec.Struct, frozen=True, kw_only=True):
    """All that `tandem wafer plan` has to say."""

    model: str
    source: str
    device: str
    clock_ghz: float
    context_tokens: int
    weight_gb: float
    cache_gb: float
    power_kw: float
    placement: PlacementReport
    single_stream: SingleStream
    filled: FilledReport
    first_token_ms: float
    prefill_chunk_tokens: int
    suggestion: SuggestionReport
    budget: tuple[Part, ...]
    unknown_operators: tuple[str, ...]
    services: tuple[ServiceSpeed, ...]
    notes: tuple[str, ...]


def report(plan: Plan, budget_ms: float) -> PlanReport:
    """Put a plan into words and figures; the suggestion has `budget_ms`."""
    schedule, spec = plan.schedule, plan.schedule.spec
    workload = schedule.model.workload
    shape = architectures().get(workload.name)
    return PlanReport(
        model=workload.name,
        source=workload.source,
        device=spec.title,
        clock_ghz=spec.clock_ghz,
        context_tokens=plan.question.context_tokens,
        weight_gb=schedule.model.weight_bytes / 1e9,
        cache_gb=schedule.model.cache_bytes / 1e9,
        power_kw=plan.power_w / 1e3,
        placement=_placement(plan),
        single_stream=SingleStream(
            cycles=plan.token_cycles,
            microseconds=spec.seconds(plan.token_cycles).seconds * 1e6,
            tokens_per_second=plan.single.tokens_per_s,
            joules_per_token=plan.single.energy_j,
            utilisation=plan.single.utilisation,
        ),
        filled=_filled(plan, plan.pipelined),
        first_token_ms=plan.first_token_s.milliseconds,
        prefill_chunk_tokens=plan.prefill.chunk_tokens,
        suggestion=_suggestion(plan, budget_ms),
        budget=tuple(
            Part(
                name=name,
                cycles=cost.total,
                compute_cycles=cost.compute,
                communication_cycles=cost.communication,
                overhead_cycles=cost.overhead,
            )
            for name, cost in plan.parts
        ),
        unknown_operators=tuple(sorted({each.operator for each in workload.unknown})),
        services=shape.services if shape else (),
        notes=tuple(_notes(plan, shape.services if shape else ())),
    )


def _placement(plan: Plan) -> PlacementReport:
    spec, demand, placement = plan.schedule.spec, plan.schedule.demand, plan.schedule.placement
    fullest = max(stage.weight_bytes + stage.cache_bytes for stage in placement.stages)
    return PlacementReport(
        wafers=demand.wafers,
        grid=demand.layout.side,
        squares=demand.stages,
        unused_squares=demand.wafers * demand.layout.cells - demand.stages,
        core_bytes=spec.sram_bytes,
        code_bytes=spec.code_bytes,
        fullest_core_bytes=spec.code_bytes + placement.spare_bytes + fullest,
        stages=tuple(
            Square(
                wafer=stage.cell.wafer,
                column=stage.cell.column,
                row=stage.cell.row,
                holds="layers" if stage.pieces else "embedding and head",
                layers=tuple(dict.fromkeys(piece.layer for piece in stage.pieces)),
                weight_bytes_per_core=stage.weight_bytes,
                cache_bytes_per_core=stage.cache_bytes,
            )
            for stage in placement.stages
        ),
    )


def _filled(plan: Plan, stream: Stream) -> FilledReport:
    return FilledReport(
        grid=plan.filled.side,
        copies=plan.filled.copies,
        streams=plan.filled.streams,
        tokens_per_second=stream.tokens_per_s,
        tokens_per_second_each=stream.tokens_per_s / plan.filled.streams,
        joules_per_token=stream.energy_j,
        utilisation=stream.utilisation,
    )


def _suggestion(plan: Plan, budget_ms: float) -> SuggestionReport:
    warm_ms, cold_ms = plan.suggestion.warm_s.milliseconds, plan.suggestion.cold_s.milliseconds
    stepwise_ms = plan.suggestion.warm_stepwise_s.milliseconds
    return SuggestionReport(
        tokens=plan.question.suggestion_tokens,
        fresh_tokens=plan.question.fresh_tokens,
        budget_ms=budget_ms,
        warm_ms=warm_ms,
        warm_meets=warm_ms <= budget_ms,
        cold_ms=cold_ms,
        cold_meets=cold_ms <= budget_ms,
        warm_stepwise_ms=stepwise_ms,
        warm_stepwise_meets=stepwise_ms <= budget_ms,
    )


def _notes(plan: Plan, services: tuple[ServiceSpeed, ...]) -> list[str]:
    spec, workload = plan.schedule.spec, plan.schedule.model.workload
    notes = [
        "Weights and cache are fp16 on the wafer, whatever precision the model has on disk.",
        f"A suggestion counts the host's {spec.host_loop_us:g} us once: the decoding loop stays on the wafer.",
    ]
    if unknown := sorted({each.operator for each in workload.unknown}):
        bound = "an upper bound was used, without cached positions: one core does all of it"
        notes.append(f"Of {', '.join(unknown)} nothing is known; {bound}.")
    if plan.question.context_tokens > workload.context_tokens:
        notes.append(f"The model was made for {workload.context_tokens:,} tokens, fewer than this context.")
    if plan.schedule.demand.wafers > 1:
        notes.append(f"Each wafer after the first adds {spec.wafer_hop_us:g} us to a token.")
    notes.append("Energy counts the whole power of all wafers taken, which does not fall with the load.")
    notes += [
        f"Published: {each.tokens_per_s:,.0f} tokens/s ({each.note}; {each.source}); README says why it differs."
        for each in services
    ]
    return notes
