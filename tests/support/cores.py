"""Cores over the null device, a tokenizer with real merges for it, and a clock that moves only when told."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cache
from typing import TYPE_CHECKING

import tokenizers
from tokenizers import decoders, models, pre_tokenizers, trainers

from engine.core import Core
from engine.messages import Complete, Completed
from engine.prompt import NULL_FORMAT
from engine.tokenizer import NULL_SPECIALS, Tokenizer, byte_tokenizer
from hardware.device import SimulatedSeconds, Timing, WallSeconds
from hardware.null import NULL_MODEL, NullDevice

if TYPE_CHECKING:
    from collections.abc import Sequence

    from engine.messages import Event, Request, Shape
    from hardware.device import Cache, Model, ModelSpec, Step

CODE = '''\
def total_price(prices, count):
    """Sum up."""
    total = 0
    for price in prices:
        total += price * count
    return total


class Basket:
    def __init__(self, prices):
        self.prices = prices
        self.count = len(prices)

    def total_price(self):
        return total_price(self.prices, self.count)
'''


@cache
def merging_tokenizer() -> Tokenizer:
    """Train a byte-level BPE on CODE: small, but with words and indentation in one token like the real ones."""
    backend = tokenizers.Tokenizer(models.BPE())
    backend.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=True)
    backend.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=400,
        min_frequency=2,
        show_progress=False,
        special_tokens=list(NULL_SPECIALS),
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
    )
    backend.train_from_iterator([CODE] * 3, trainer)
    return Tokenizer(backend)


class Clock:
    """Stands still until it is moved."""

    def __init__(self) -> None:
        self.now_s = 0.0

    def __call__(self) -> float:
        return self.now_s


@dataclass
class SlowModel:
    """A model on a clock: every token of a step takes `token_s`, on the wall's clock and on the simulated one."""

    inner: Model
    clock: Clock
    token_s: float

    @property
    def spec(self) -> ModelSpec:
        return self.inner.spec

    def new_cache(self, capacity: int) -> Cache:
        return self.inner.new_cache(capacity)

    def step(self, cache: Cache, keep: int, tokens: Sequence[int], rows: int) -> Step:
        step = self.inner.step(cache, keep, tokens, rows)
        seconds = self.token_s * len(tokens)
        self.clock.now_s += seconds
        return replace(step, timing=Timing(WallSeconds(seconds), SimulatedSeconds(seconds)))

    def copy(self, source: Cache, target: Cache, keep: int) -> None:
        self.inner.copy(source, target, keep)

    def close(self) -> None:
        self.inner.close()


def null_model(tokenizer: Tokenizer) -> Model:
    """Open the null model for a tokenizer's vocabulary."""
    end = tokenizer.special(NULL_SPECIALS[-1])
    return NullDevice().open(replace(NULL_MODEL, vocabulary=tokenizer.size, stop_tokens=(end,)))


def null_core(tokenizer: Tokenizer | None = None, *, context_tokens: int = 1024, caches: int = 3) -> Core:
    """Set up a core that completes what it has seen."""
    tokenizer = tokenizer or byte_tokenizer()
    return Core(null_model(tokenizer), tokenizer, NULL_FORMAT, context_tokens=context_tokens, caches=caches)


def slow_core(token_s: float, *, clock: Clock) -> Core:
    """Set up a null core on a clock of its own."""
    tokenizer = byte_tokenizer()
    model = SlowModel(null_model(tokenizer), clock, token_s)
    return Core(model, tokenizer, NULL_FORMAT, context_tokens=1024, caches=3, clock=clock)


def complete(
    request_id: int,
    prefix: str,
    suffix: str = "",
    *,
    document: str = "a",
    shape: Shape = "line",
    budget_ms: float = 1e6,
    max_tokens: int = 300,
) -> Complete:
    """Write a request."""
    return Complete(
        id=request_id,
        document=document,
        prefix=prefix,
        suffix=suffix,
        shape=shape,
        budget_ms=budget_ms,
        max_tokens=max_tokens,
    )


def run(core: Core, *requests: Request) -> list[Event]:
    """Submit the requests and step until nothing is left to do."""
    for request in requests:
        core.submit(request)
    events: list[Event] = []
    while core.busy:
        events += core.step()
    return events


def answer(core: Core, request: Complete) -> Completed:
    """Run one request, which must be completed and lead to nothing else."""
    (event,) = run(core, request)
    assert isinstance(event, Completed)
    assert event.id == request.id
    return event
