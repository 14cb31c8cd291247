from __future__ import annotations

from dataclasses import replace

import pytest

from engine.choice.cost import Cost
from engine.choice.judge import Offer, lack_of_memory, lack_of_speed, pick, room_bytes
from hardware.device import DeviceSpec

PLENTY = 10**12


def cost(step_ms: float, *, simulated: bool = False) -> Cost:
    return Cost(step_ms=step_ms, chunk_tokens=16, chunk_ms=step_ms, simulated=simulated)


def offer(model: str, device: str, step_ms: float, *, simulated: bool = False, bundle_bytes: int = 10**8) -> Offer:
    return Offer(model, device, cost(step_ms, simulated=simulated), bundle_bytes, PLENTY)


BIG, SMALL, CARD = offer("big", "cpu", 24), offer("small", "cpu", 10), offer("big", "gpu", 1)
ABSENT = BIG._replace(cost=None, awaits="it is fetched")
TOO_BIG = BIG._replace(cost=None, bundle_bytes=PLENTY)
FETCHED = SMALL._replace(cost=None, awaits="it is fetched")
BROKEN = BIG._replace(cost=None)


@pytest.mark.parametrize(
    ("offers", "budget_ms", "taken", "why"),
    [
        ([BIG, SMALL], 100, BIG, "the best that is installed"),
        ([BIG, CARD, SMALL], 100, CARD, "of 100 ms"),
        ([BIG, SMALL], 16, BIG, "with the next key"),
        ([BIG, SMALL], 15, SMALL, "a token of big takes 24 ms"),
        ([BIG, SMALL], 1, SMALL, "it takes least, though a token of small takes 10 ms"),
        ([offer("big", "wafer", 0.1, simulated=True), BIG, SMALL], 100, BIG, "installed"),
        ([offer("big", "cpu", 24, bundle_bytes=PLENTY), SMALL], 100, SMALL, "of memory and"),
        ([TOO_BIG, SMALL], 100, SMALL, "the best that can be taken (big needs"),
        ([ABSENT, SMALL], 100, ABSENT, "it is fetched"),
        ([ABSENT, CARD, SMALL], 100, CARD, "the best that is installed"),
        (
            [BIG, SMALL._replace(cost=None, awaits="it is fetched")],
            15,
            SMALL._replace(cost=None, awaits="it is fetched"),
            "it is fetched; a token of big takes 24 ms",
        ),
    ],
)
def test_what_is_taken_and_why(offers: list[Offer], budget_ms: float, taken: Offer, why: str) -> None:
    verdict = pick(offers, budget_ms)
    assert verdict is not None
    assert verdict.offer == taken
    assert why in verdict.why


def test_simulated_time_is_no_time() -> None:
    assert pick([offer("big", "wafer", 0.1, simulated=True)], 100) is None
    assert pick([], 100) is None


def test_what_cannot_be_opened_is_not_replaced_by_something_less() -> None:
    assert pick([BROKEN, SMALL], 100) is None


def test_a_card_has_memory_of_its_own() -> None:
    card = DeviceSpec("gpu", "a card", threads=1, memory_bytes=10, processor=False)
    assert room_bytes(card) == 10
    assert room_bytes(replace(card, memory_bytes=0)) >= PLENTY
    assert 0 < room_bytes(replace(card, processor=True)) < PLENTY


def test_what_speaks_against_a_model() -> None:
    assert lack_of_memory("m", 100, 200) == ""
    assert lack_of_memory("m", 100_000_000, 199_999_999) == "m needs 200 MB of memory and 200 MB are free"
    assert lack_of_speed("m", cost(24)) == ""
    assert lack_of_speed("m", cost(150.1)) == "a token of m takes 150 ms on this machine"
