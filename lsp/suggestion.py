"""One suggestion as it goes to the editor, and the account of where it came from that travels with it.

Invariant: the account holds figures and names, never text of a document.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, NamedTuple

import msgspec

if TYPE_CHECKING:
    from collections.abc import Sequence

    from engine.messages import Completed, Ready
    from lsp.document import Position

Source = Literal["engine", "typed-through", "cache"]


class StageTimes(msgspec.Struct, frozen=True, kw_only=True):
    """Where the time went, in milliseconds.

    `total_ms` runs from the request's arrival: `plan_ms` until the engine was asked, `ring_ms` to the engine and back
    apart from its own times, which follow, and `present_ms` after its answer. `mirror_ms` was before: how long the
    document's last change took to be applied. `device_ms` is a part of prefill and decode, `simulated_ms` of nothing:
    it is on the clock of a simulated device (see engine/messages.py).
    """

    total_ms: float
    mirror_ms: float = 0.0
    plan_ms: float = 0.0
    ring_ms: float = 0.0
    present_ms: float = 0.0
    queue_ms: float = 0.0
    prefill_ms: float = 0.0
    decode_ms: float = 0.0
    device_ms: float = 0.0
    steps: int = 0
    prefilled_tokens: int = 0
    cached_tokens: int = 0
    simulated_ms: float | None = None


class Provenance(msgspec.Struct, frozen=True, kw_only=True):
    """Where a suggestion comes from; the argument of the command that reports its acceptance.

    With a source other than the engine, tokens, stop and confidence are those of the answer that it is a part of.
    `probability` is how likely it was to be accepted where it came up, None for others beside the first.
    """

    id: str
    document: str
    model: str
    device: str
    source: Source
    timings: StageTimes
    tokens: int = 0
    stop: str = ""
    confidence: float = 0.0
    probability: float | None = None


class Suggestion(NamedTuple):
    """Text that would replace start..end, which lie on one line; `others` may be shown in its place."""

    text: str
    start: Position
    end: Position
    provenance: Provenance
    others: tuple[Suggestion, ...] = ()


class Heard(NamedTuple):
    """What the engine said, when it was asked and when that was heard: seconds on the session's clock.

    `engine` is the one that was asked, which need not be the one that is there now. `wholes` fills with what it said
    later, where that was cut short.
    """

    completed: Completed
    asked_s: float
    heard_s: float
    engine: Ready | None = None
    wholes: Sequence[Completed] = ()

    @property
    def latest(self) -> Completed:
        """What it said last, with the times of what was waited for."""
        if not self.wholes:
            return self.completed
        return msgspec.structs.replace(self.wholes[-1], timings=self.completed.timings)


def stage_times(heard: Heard | None, started_s: float, ended_s: float, *, mirror_ms: float) -> StageTimes:
    """Account for a request, which may have joined work that the engine was asked for before; None without it."""
    total_ms = 1e3 * (ended_s - started_s)
    if heard is None:
        return StageTimes(total_ms=total_ms, mirror_ms=mirror_ms)
    asked_s = max(heard.asked_s, started_s)
    engine = heard.completed.timings
    away_ms = 1e3 * (heard.heard_s - asked_s)
    return StageTimes(
        total_ms=total_ms,
        mirror_ms=mirror_ms,
        plan_ms=1e3 * (asked_s - started_s),
        ring_ms=max(away_ms - engine.queue_ms - engine.prefill_ms - engine.decode_ms, 0.0),
        present_ms=1e3 * (ended_s - heard.heard_s),
        **msgspec.to_builtins(engine),
    )
