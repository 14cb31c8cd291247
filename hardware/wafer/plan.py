"""A plan: what a model would take on a wafer, and what it would give.

Invariant: every figure follows from the schedule of one placement. Times are the device's own; where the host takes
part in one, `host_loop_us` is added and the name says so. Figures for one stream and for filled wafers stand apart.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from hardware.device import SimulatedSeconds
from hardware.wafer.clock import StepClock
from hardware.wafer.cost import total
from hardware.wafer.errors import DoesNotFit
from hardware.wafer.pipeline import Filled, Prefill, filled, prefill
from hardware.wafer.placement import Model
from hardware.wafer.schedule import cycles
from hardware.wafer.search import busiest, fastest

if TYPE_CHECKING:
    from hardware.wafer.cost import Cost, Cycles
    from hardware.wafer.schedule import Budget, Schedule
    from hardware.wafer.spec import WaferSpec
    from hardware.wafer.workload import Workload


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What a plan is for: a context, and a suggestion of so many tokens after so many that the cache has not seen.

    `side` fixes the squares' size, `wafers` the most of them; None leaves them to the search.
    """

    context_tokens: int = 1024
    suggestion_tokens: int = 40
    fresh_tokens: int = 16
    side: int | None = None
    wafers: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Suggestion:
    """How long a suggestion takes, from the host's question to its answer there.

    `warm_s`: all but the fresh tokens are in the cache; `cold_s`: the cache is empty, a whole context is read first.
    Both count the host's part once, as if the decoding loop stayed on the wafer. `warm_stepwise_s` counts it, and the
    logits' way, with every step, as a device does that serves.
    """

    warm_s: SimulatedSeconds
    cold_s: SimulatedSeconds
    warm_stepwise_s: SimulatedSeconds


@dataclass(frozen=True, slots=True, kw_only=True)
class Stream:
    """What one or many streams get and take: `energy_j` for each token, all wafers' power counted all the time.

    `utilisation` is the share of all cores' cycles that is arithmetic.
    """

    tokens_per_s: float
    energy_j: float
    utilisation: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """A model on wafers. `budget` is one token's at the full context; `first_token_s` is with the host's part.

    `filled` and `pipelined` are of squares of their own size: what is best for one stream leaves little room for many.
    """

    schedule: Schedule
    question: Question
    budget: Budget
    prefill: Prefill
    first_token_s: SimulatedSeconds
    suggestion: Suggestion
    filled: Filled
    single: Stream
    pipelined: Stream

    @property
    def token_cycles(self) -> Cycles:
        """One token, at the full context."""
        return cycles(self.budget)

    @property
    def parts(self) -> list[tuple[str, Cost]]:
        """The budget, what takes longest first."""
        return sorted(self.budget.items(), key=lambda part: -part[1].total)

    @property
    def power_w(self) -> float:
        """Of all wafers."""
        return self.schedule.spec.power_w * self.schedule.demand.wafers


def make_plan(workload: Workload, spec: WaferSpec, question: Question) -> Plan:
    """Place a model for the least latency and tell what follows. Raises DoesNotFit."""
    if question.suggestion_tokens >= question.context_tokens:
        raise DoesNotFit(
            f"A suggestion of {question.suggestion_tokens} tokens leaves nothing to read of a context of "
            f"{question.context_tokens}: give a longer --context or fewer --tokens."
        )
    model = Model(workload, question.context_tokens)
    schedule = fastest(spec, model, side=question.side, wafers=question.wafers)
    budget = schedule.step(question.context_tokens - 1, 1, 1)
    reading, busy = prefill(schedule, question.context_tokens), busiest(schedule, side=question.side)
    many = filled(busy, schedule.demand.wafers)
    per_s = spec.clock_ghz * 1e9 / cycles(budget)
    return Plan(
        schedule=schedule,
        question=question,
        budget=budget,
        prefill=reading,
        first_token_s=_with_host(spec, reading.cycles),
        suggestion=_suggestion(schedule, question, reading),
        filled=many,
        single=_stream(schedule, budget, per_s),
        pipelined=_stream(schedule, busy.step(question.context_tokens - 1, 1, 1), many.tokens_per_s),
    )


def _suggestion(schedule: Schedule, question: Question, reading: Prefill) -> Suggestion:
    """Time a suggestion that ends where the context does: what was not read is read, then each token has its step."""
    clock, start = StepClock(schedule), question.context_tokens - question.suggestion_tokens
    answering = sum(clock.cycles(keep, 1, 1) for keep in range(start, question.context_tokens))
    fresh = min(question.fresh_tokens, start)
    warm = clock.cycles(start - fresh, fresh, 1)
    spec, stepwise = schedule.spec, clock.seconds(start - fresh, fresh, 1)
    for keep in range(start, question.context_tokens):
        stepwise += clock.seconds(keep, 1, 1)
    return Suggestion(
        warm_s=_with_host(spec, warm + answering),
        cold_s=_with_host(spec, reading.cycles + answering),
        warm_stepwise_s=stepwise,
    )


def _stream(schedule: Schedule, budget: Budget, tokens_per_s: float) -> Stream:
    spec, wafers = schedule.spec, schedule.demand.wafers
    capacity = wafers * spec.cores * spec.clock_ghz * 1e9
    return Stream(
        tokens_per_s=tokens_per_s,
        energy_j=wafers * spec.power_w / tokens_per_s,
        utilisation=total(*budget.values()).busy * tokens_per_s / capacity,
    )


def _with_host(spec: WaferSpec, taken: float) -> SimulatedSeconds:
    return spec.seconds(taken) + SimulatedSeconds(spec.host_loop_us / 1e6)
