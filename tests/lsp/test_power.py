from __future__ import annotations

import msgspec
import pytest

from lsp.debounce import Debounce
from lsp.power import governing
from lsp.settings import Power, Settings

KEYS = "a suggestion takes 50 ms, the next key comes after 200 ms"
BEHIND = "a suggestion takes 900 ms, the next key comes after 200 ms"


def typing(cost_ms: float) -> Debounce:
    now_s = 0.0
    debounce = Debounce(lambda: now_s)
    for now_s in (0.0, 0.2, 0.4):  # noqa: B007 - the clock reads it
        debounce.changed()
    debounce.measured(cost_ms)
    return debounce


@pytest.mark.parametrize(
    ("power", "cost_ms", "decodes", "reason"),
    [
        ("eco", 50.0, "at requests", 'power is "eco"'),
        ("balanced", 50.0, "at keys", KEYS),
        ("balanced", 900.0, "at requests", BEHIND),
        ("eager", 900.0, "at keys", 'power is "eager"'),
    ],
)
def test_it_is_said_when_decoding_starts_and_why(power: Power, cost_ms: float, decodes: str, reason: str) -> None:
    now = governing(Settings(power=power), typing(cost_ms))
    assert (now.policy, now.decodes, now.reason) == (power, decodes, reason)


def test_nothing_known_means_decoding_at_keys() -> None:
    now = governing(Settings(), Debounce())
    assert (now.decodes, now.reason) == ("at keys", "it is not known yet how fast the typing is")


def test_one_who_never_wants_to_wait_does_not() -> None:
    now = governing(msgspec.structs.replace(Settings(), debounce_ms=0.0), typing(900.0))
    assert (now.decodes, now.reason) == ("at keys", "debounceMs is 0")
