"""One request of a measured replay, and what all of a kind come to.

Invariant: every request is of exactly one kind, by what it needed:

    typed_through   the server knew the answer: typing that agrees with a suggestion, or a place seen before
    cold            up to the first answer after the document was opened or the cursor moved to another line
    warm            every other request for which the engine was asked
    silent          nothing came and the engine was not asked (inside a word, after a removal, where it is known that
                    there is nothing); fast, and no merit

A request that the next key overtook counts as warm or cold, and as slower than it was open (see lsp/replay/summary.py).
"""

from __future__ import annotations

from collections import Counter
from statistics import fmean
from typing import TYPE_CHECKING, Literal

import msgspec

from engine.messages import NATURAL_STOPS
from lsp.replay.summary import percentile, share_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from lsp.suggestion import StageTimes

Kind = Literal["typed_through", "warm", "cold", "silent"]
Outcome = Literal["shown", "empty", "overtaken"]
STAGES = ("mirror_ms", "plan_ms", "queue_ms", "prefill_ms", "decode_ms", "ring_ms", "present_ms", "wire_ms")
"""A request's way. The first was gone before the request came; the others add up to what the editor waited, but where a
request joined work that had been begun for an earlier one."""


class Record(msgspec.Struct, frozen=True, kw_only=True):
    """One request, as the editor saw it; `characters` were shown, or nothing for the `reason`."""

    kind: Kind
    outcome: Outcome
    ms: float
    characters: int = 0
    stop: str = ""
    tokens: int = 0
    reason: str = ""
    stages: StageTimes | None = None


class Figures(msgspec.Struct, frozen=True, kw_only=True):
    """Requests of one kind: milliseconds from request to answer, and what was in the answers.

    `shown` is the share with text of those that were answered, `natural_end` the share that reached a natural end of
    those with text; `reasons` counts why others had none. Stages are means over those of the engine; `wire_ms` is what
    the editor waited beyond the server's time: stdio and JSON. `walls_ms` of those answered and `overtaken_ms` of the
    others are there to be drawn.
    """

    n: int
    answered: int
    p50_ms: float | None
    p95_ms: float | None
    p99_ms: float | None
    shown: float
    natural_end: float
    characters: tuple[int, ...]
    reasons: dict[str, int]
    tokens_per_step: float
    reused_tokens: float
    prefilled_tokens: float
    decoded_tokens: float
    stages_ms: dict[str, float]
    walls_ms: tuple[float, ...]
    overtaken_ms: tuple[float, ...]


def figures(records: Sequence[Record]) -> Figures:
    """Sum up requests of one kind."""
    answered = [record for record in records if record.outcome != "overtaken"]
    overtaken = [record.ms for record in records if record.outcome == "overtaken"]
    shown = [record for record in answered if record.outcome == "shown"]
    worked = [record for record in shown if record.stages is not None]
    walls = [record.ms for record in answered]
    steps = sum(record.stages.steps for record in worked if record.stages)
    return Figures(
        n=len(records),
        answered=len(answered),
        p50_ms=percentile(0.50, walls, overtaken),
        p95_ms=percentile(0.95, walls, overtaken),
        p99_ms=percentile(0.99, walls, overtaken),
        shown=share_of(len(shown), len(answered)),
        natural_end=share_of(sum(record.stop in NATURAL_STOPS for record in shown), len(shown)),
        characters=tuple(sorted(record.characters for record in shown)),
        reasons=dict(Counter(record.reason for record in answered if record.outcome == "empty").most_common()),
        tokens_per_step=round(sum(record.tokens for record in worked) / steps, 2) if steps else 0.0,
        reused_tokens=_mean([record.stages.cached_tokens for record in worked if record.stages]),
        prefilled_tokens=_mean([record.stages.prefilled_tokens for record in worked if record.stages]),
        decoded_tokens=_mean([record.tokens for record in worked]),
        stages_ms={name: _mean([_stage(record, name) for record in worked]) for name in STAGES},
        walls_ms=_rounded(walls),
        overtaken_ms=_rounded(overtaken),
    )


def _stage(record: Record, name: str) -> float:
    times = record.stages
    if times is None:
        return 0.0
    if name == "wire_ms":
        return record.ms - times.total_ms
    return float(getattr(times, name))


def _mean(values: Sequence[float]) -> float:
    return round(fmean(values), 2) if values else 0.0


def _rounded(walls_ms: Sequence[float]) -> tuple[float, ...]:
    return tuple(round(wall, 2) for wall in sorted(walls_ms))
