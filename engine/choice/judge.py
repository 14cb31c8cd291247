"""What speaks against a model on a device, and which pair `auto` takes.

Invariant: this is the one place that judges. Quality comes first: `auto` takes the best model that nothing speaks
against, on the device where it is fastest; simulated time is no time, so a simulated device is never taken.

A token may take longer than the deadline of a suggestion (BUDGET_MS), up to LONGEST_STEP_BUDGETS of it: what comes late
is there for the next key, or when one asks. With a costlier token no model is a pair, however good.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from engine.models.disk import megabytes

if TYPE_CHECKING:
    from collections.abc import Sequence

    from engine.choice.cost import Cost

BUDGET_MS: Final = 100.0
LONGEST_STEP_BUDGETS: Final = 1.5
"""At 100 ms, six tokens would take a second."""
MEMORY_PER_WEIGHT_BYTE: Final = 2
"""Weights are copied once into the order in which they are multiplied, and caches and logits take room too."""


class Offer(NamedTuple):
    """A model on a device, by the names that `--model` and `--device` take, and what is known of it."""

    model: str
    device: str
    cost: Cost
    bundle_bytes: int


class Verdict(NamedTuple):
    """The offer that `auto` takes, and why it is that one."""

    offer: Offer
    why: str


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


def pick(offers: Sequence[Offer], budget_ms: float, available_bytes: int) -> Verdict | None:
    """Choose among offers, the best models first; None where no device is a real one."""
    real = [offer for offer in offers if not offer.cost.simulated]
    against: dict[str, str] = {}
    for model in dict.fromkeys(offer.model for offer in real):
        best = fastest([offer for offer in real if offer.model == model])
        against[model] = lack_of_memory(model, best.bundle_bytes, available_bytes) or lack_of_speed(
            model, best.cost, budget_ms
        )
        if not against[model]:
            return Verdict(best, _praise(best, budget_ms, [reason for reason in against.values() if reason]))
    if not real:
        return None
    last = fastest([offer for offer in real if offer.model == real[-1].model])
    return Verdict(last, f"it takes least, though {against[last.model]}")


def fastest(offers: Sequence[Offer]) -> Offer:
    """Choose among offers of one model; there is one at least."""
    return min(offers, key=lambda offer: offer.cost.request_ms)


def _praise(offer: Offer, budget_ms: float, against_better: list[str]) -> str:
    request_ms, tokens = offer.cost.request_ms, int(offer.cost.tokens_within(budget_ms))
    if request_ms <= budget_ms:
        line = f"a new line takes {request_ms:.0f} of {budget_ms:g} ms"
    else:
        line = f"{tokens or 'no'} tokens of a new line are there within {budget_ms:g} ms, the rest with the next key"
    best = "the best that is installed" if not against_better else f"the best that can be taken ({against_better[-1]})"
    return f"it is {best}; {line}"
