"""What came of a replay: counted while it runs, summed up at its end.

Invariant: requests = answered + cancelled, and answered = shown + empty. A request is cancelled when a key comes before
its answer, and unanswered if nothing ever came back.

How long an overtaken request would have taken nobody knows, only that it was longer than it was open. Leaving those out
would take the slow ones away, so the percentiles are those of the product-limit estimate, in which they are censored at
that time. Source: Kaplan and Meier, Nonparametric estimation from incomplete observations, JASA 53 (1958).
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import msgspec

from engine.messages import NATURAL_STOPS

if TYPE_CHECKING:
    from collections.abc import Iterable

    from lsp.headless import Answer

_ROUNDING = 1e-9


@dataclass
class Tally:
    """Counts of a running replay.

    Latencies are by the replay's clock; `simulated_ms` is what a simulated device took for the suggestions it computed.
    `retained` is known at the end: how many accepted texts are still there, but for small edits.
    """

    keys: int = 0
    characters: int = 0
    accepts: int = 0
    accepted_characters: int = 0
    retained: int = 0
    requests: int = 0
    unanswered: int = 0
    shown: int = 0
    typed_through: int = 0
    grown: int = 0
    tokens: int = 0
    steps: int = 0
    latencies_ms: list[float] = field(default_factory=list)
    overtaken_ms: list[float] = field(default_factory=list)
    simulated_ms: list[float] = field(default_factory=list)
    stops: Counter[str] = field(default_factory=Counter)

    @property
    def cancelled(self) -> int:
        """How many requests the next key overtook."""
        return len(self.overtaken_ms)

    def press(self, characters: int) -> None:
        """Count a key and the characters it brought."""
        self.keys += 1
        self.characters += characters

    def accept(self, characters: int) -> None:
        """Count the one key that accepts these characters."""
        self.accepts += 1
        self.accepted_characters += characters
        self.press(characters)

    def overtake(self, open_ms: float) -> None:
        """Count a request that the next key came before, and how long it had been open."""
        self.overtaken_ms.append(open_ms)

    def grow(self) -> None:
        """Count a suggestion that became longer on screen; its request has been counted."""
        self.grown += 1

    def answer(self, answer: Answer) -> None:
        """Count an answer that came before the next key."""
        self.latencies_ms.append(answer.ms)
        provenance = answer.provenance
        if not answer.text or provenance is None:
            return
        self.shown += 1
        if provenance.source == "typed-through":
            self.typed_through += 1
        elif provenance.source == "engine":
            self.tokens += provenance.tokens
            self.steps += provenance.timings.steps
            if provenance.timings.simulated_ms is not None:
                self.simulated_ms.append(provenance.timings.simulated_ms)
            self.stops[provenance.stop] += 1


class Percentiles(msgspec.Struct, frozen=True):
    """The middle and the slow end of a set of durations; None where so many never came to an end."""

    p50: float | None
    p95: float | None


class Simulated(msgspec.Struct, frozen=True, kw_only=True):
    """What a simulated device makes of a replay; none of these are times that anything took here.

    `device_ms` is what it takes for a suggestion, `latency_ms` how long somebody would wait for the answer to a request
    and `seconds` how long the replay would last. The last two are known at simulated pace alone: see
    lsp/replay/clock.py for what is in them.
    """

    device_ms: Percentiles
    latency_ms: Percentiles | None = None
    seconds: float | None = None


class Summary(msgspec.Struct, frozen=True, kw_only=True):
    """A replay in numbers: the object that `tandem replay --json` prints.

    `keystrokes_saved` is the share of the characters that were accepted instead of typed, `retained` how many of the
    accepted texts are there at the end, but for small edits, `natural_end` the share of the engine's suggestions that
    ended by themselves rather than at a limit. `latency_ms` counts a cancelled request as one that takes longer than it
    was open; at simulated pace there are none but the `simulated`. CPU time is that of server and engine.
    """

    name: str
    model: str
    device: str
    pace: str
    seed: int
    seconds: float
    keys: int
    characters: int
    requests: int
    answered: int
    cancelled: int
    unanswered: int
    shown: int
    empty: int
    typed_through: int
    grown: int
    accepted: int
    retained: int
    accepted_characters: int
    keystrokes_saved: float
    shown_share: float
    natural_end: float
    latency_ms: Percentiles
    cpu_ms_per_key: float
    tokens: int
    steps: int
    stops: dict[str, int]
    simulated: Simulated | None = None


def percentiles(ended: Iterable[float], censored: Iterable[float] = ()) -> Percentiles:
    """Estimate the 50th and 95th percentiles of durations, of which some are only known to be longer than so much.

    Without such ones these are the nearest-rank percentiles.
    """
    ended, censored = list(ended), list(censored)
    return Percentiles(p50=percentile(0.50, ended, censored), p95=percentile(0.95, ended, censored))


def percentile(share: float, ended: Iterable[float], censored: Iterable[float] = ()) -> float | None:
    """Estimate the duration within which this share has ended; None where it is longer than was seen."""
    curve = shares_ended(ended, censored)
    return next((round(value, 2) for value, so_far in curve if so_far >= share - _ROUNDING), None)


def shares_ended(ended: Iterable[float], censored: Iterable[float]) -> list[tuple[float, float]]:
    """Estimate by the product limit which share of all durations has ended after each of those that did."""
    durations = sorted([(value, False) for value in ended] + [(value, True) for value in censored])
    going_on = 1.0
    curve: list[tuple[float, float]] = []
    for at_risk, (value, is_censored) in zip(range(len(durations), 0, -1), durations, strict=True):
        if not is_censored:
            going_on *= 1 - 1 / at_risk
            curve.append((value, 1 - going_on))
    return curve


def summarise(
    tally: Tally,
    *,
    name: str,
    model: str,
    device: str,
    pace: str,
    seed: int,
    seconds: float,
    cpu_s: float,
    simulated_s: float | None = None,
) -> Summary:
    """Sum up a finished replay; `simulated_s` is how long it was on a simulated clock, if it ran by one."""
    latency_ms = percentiles(tally.latencies_ms, tally.overtaken_ms)
    answered = len(tally.latencies_ms)
    natural = sum(count for stop, count in tally.stops.items() if stop in NATURAL_STOPS)
    return Summary(
        name=name,
        model=model,
        device=device,
        pace=pace,
        seed=seed,
        seconds=round(seconds, 2),
        keys=tally.keys,
        characters=tally.characters,
        requests=tally.requests,
        answered=answered,
        cancelled=tally.cancelled,
        unanswered=tally.unanswered,
        shown=tally.shown,
        empty=answered - tally.shown,
        typed_through=tally.typed_through,
        grown=tally.grown,
        accepted=tally.accepts,
        retained=tally.retained,
        accepted_characters=tally.accepted_characters,
        keystrokes_saved=share_of(tally.accepted_characters, tally.characters),
        shown_share=share_of(tally.shown, answered),
        natural_end=share_of(natural, tally.stops.total()),
        latency_ms=latency_ms if simulated_s is None else Percentiles(None, None),
        cpu_ms_per_key=round(1e3 * cpu_s / tally.keys, 2) if tally.keys else 0.0,
        tokens=tally.tokens,
        steps=tally.steps,
        stops=dict(tally.stops),
        simulated=_simulated(tally, latency_ms, simulated_s),
    )


def _simulated(tally: Tally, latency_ms: Percentiles, seconds: float | None) -> Simulated | None:
    device_ms = percentiles(tally.simulated_ms)
    if seconds is not None:
        return Simulated(device_ms=device_ms, latency_ms=latency_ms, seconds=round(seconds, 2))
    return Simulated(device_ms=device_ms) if tally.simulated_ms else None


def share_of(part: int, whole: int) -> float:
    """Divide, to four places; of nothing it is 0."""
    return round(part / whole, 4) if whole else 0.0
