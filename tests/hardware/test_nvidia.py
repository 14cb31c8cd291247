from __future__ import annotations

import ctypes
from typing import TYPE_CHECKING, Any, cast

import pytest

from hardware.nvidia import Card, NoCard, first_card

if TYPE_CHECKING:
    from collections.abc import Callable


class Driver:
    """Answers as NVIDIA's driver does, by what each call is to return and to write."""

    def __init__(self, *, fails: dict[str, int] | None = None, cards: int = 1, version: int = 13000) -> None:
        self._fails = fails or {}
        self._cards = cards
        self._version = version

    def __getattr__(self, call: str) -> Callable[..., int]:
        def answer(*arguments: Any) -> int:  # noqa: ANN401 - ctypes's arguments have no type of their own
            return self._fails.get(call, 0) or self._write(call, arguments)

        return answer

    def _write(self, call: str, arguments: tuple[Any, ...]) -> int:
        match call:
            case "cuDriverGetVersion":
                arguments[0]._obj.value = self._version
            case "cuDeviceGetCount":
                arguments[0]._obj.value = self._cards
            case "cuDeviceGetName":
                arguments[0].value = b"NVIDIA Test 4000"
            case "cuDeviceTotalMem_v2":
                arguments[0]._obj.value = 24_000_000_000
        return 0


def ask(driver: Driver) -> Card:
    return first_card(lambda: cast("ctypes.CDLL", driver))


def test_a_card_is_named_with_its_memory_and_the_newest_cuda_of_its_driver() -> None:
    assert ask(Driver(version=12040)) == Card("NVIDIA Test 4000", 24_000_000_000, (12, 4))


def test_without_a_driver_it_is_said_so() -> None:
    def load() -> ctypes.CDLL:
        return ctypes.CDLL("libnothing-of-that-name.so.1")

    with pytest.raises(NoCard, match="no NVIDIA driver is installed"):
        first_card(load)


@pytest.mark.parametrize(
    ("driver", "says"),
    [
        (Driver(fails={"cuInit": 100}), "finds no card"),
        (Driver(fails={"cuInit": 999}), "cuInit fails with error 999"),
        (Driver(fails={"cuDeviceGetName": 1}), "cuDeviceGetName fails with error 1"),
        (Driver(cards=0), "CUDA_VISIBLE_DEVICES"),
    ],
    ids=["no card", "broken driver", "broken card", "hidden card"],
)
def test_a_driver_without_a_card_says_what_is_wrong(driver: Driver, says: str) -> None:
    with pytest.raises(NoCard, match=says):
        ask(driver)
