"""What speaks against a model on a device, and which pair `auto` takes.

Invariant: this is the one place that judges. Quality comes first: `auto` takes the best model that nothing speaks
against, on the device where it is fastest; simulated time is no time, so a simulated device is never taken.

A token may take longer than the deadline of a suggestion (BUDGET_MS), up to LONGEST_STEP_BUDGETS of it: what comes late
is there for the next key, or when one asks. With a costlier token no model is a pair, however good.
"""

from __future__ import annotations

import math
import sys
from typing import TYPE_CHECKING, Final, NamedTuple

from engine.models.disk import megabytes
from hardware.probe import probe

if TYPE_CHECKING:
    from collections.abc import Sequence

    from engine.choice.cost import Cost
    from hardware.device import DeviceSpec

BUDGET_MS: Final = 100.0
LONGEST_STEP_BUDGETS: Final = 1.5
"""At 100 ms, six tokens would take a second."""
MEMORY_PER_WEIGHT_BYTE: Final = 2
"""Weights are copied once into the order in which they are multiplied, and caches and logits take room too."""


class Offer(NamedTuple):
    """A model on a device, by the names that `--model` and `--device` take, and what is known of it.

    `room_bytes` is the memory that the device has for it. Where `cost` is None, `awaits` says what has to come before
    it is known, or is empty where it cannot be had.
    """

    model: str
    device: str
    cost: Cost | None
    bundle_bytes: int
    room_bytes: int
    awaits: str = ""


class Verdict(NamedTuple):
    """The offer that `auto` takes, and why it is that one."""

    offer: Offer
    why: str


def room_bytes(device: DeviceSpec) -> int:
    """Say how much memory a device has for a model: what is free of the machine's, or all of a card's own."""
    if device.processor:
        return probe().available_bytes
    return device.memory_bytes or sys.maxsize  # what is not known rules nothing out


def lack_of_memory(model: str, bundle_bytes: int, available_bytes: int) -> str:
    """Say what memory a model lacks; "" where it fits."""
    needed_bytes = bundle_bytes * MEMORY_PER_WEIGHT_BYTE
    if needed_bytes <= available_bytes:
        return ""
    return f"{model} needs {megabytes(needed_bytes)} of memory and {megabytes(available_bytes)} are free"


def lack_of_speed(model: str, cost: Cost, budget_ms: float = BUDGET_MS) -> str:
    """Say that a model is too slow to be worth its quality; "" where it is not."""
    if cost.step_ms <= LONGEST_STEP_BUDGETS * budget_ms:
        return ""
    return f"a token of {model} takes {cost.step_ms:.0f} ms on this machine"


def pick(offers: Sequence[Offer], budget_ms: float) -> Verdict | None:
    """Choose among offers, the best models first, of each the processor's first; None where that cannot be opened.

    A model without a cost is taken as well: `auto` fetches what is not there, and measures it then.
    """
    real = [offer for offer in offers if offer.cost is None or not offer.cost.simulated]
    models = list(dict.fromkeys(offer.model for offer in real))
    against: list[str] = []
    for model in models:
        best = fastest([offer for offer in real if offer.model == model])
        lack = lack_of_memory(model, best.bundle_bytes, best.room_bytes)
        if best.cost is not None:
            lack = lack or lack_of_speed(model, best.cost, budget_ms)
        if lack and model != models[-1]:
            against.append(lack)
            continue
        if best.cost is None:
            return Verdict(best, "; ".join([best.awaits, *against[-1:]])) if best.awaits else None
        return Verdict(best, f"it takes least, though {lack}" if lack else _praise(best.cost, budget_ms, against))
    return None


def fastest(offers: Sequence[Offer]) -> Offer:
    """Choose among offers of one model; the first where none was measured. There is one at least."""
    return min(offers, key=lambda offer: offer.cost.request_ms if offer.cost else math.inf)


def _praise(cost: Cost, budget_ms: float, against_better: list[str]) -> str:
    request_ms, tokens = cost.request_ms, int(cost.tokens_within(budget_ms))
    if request_ms <= budget_ms:
        line = f"a new line takes {request_ms:.0f} of {budget_ms:g} ms"
    else:
        line = f"{tokens or 'no'} tokens of a new line are there within {budget_ms:g} ms, the rest with the next key"
    best = "the best that is installed" if not against_better else f"the best that can be taken ({against_better[-1]})"
    return f"it is {best}; {line}"
