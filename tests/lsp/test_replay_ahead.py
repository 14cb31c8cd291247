from __future__ import annotations

import io
import time
from typing import TYPE_CHECKING

from rich.console import Console

from lsp.replay.ahead import recording
from lsp.replay.player import View
from lsp.replay.summary import Tally

if TYPE_CHECKING:
    from lsp.headless import Answer, Asking


class Stepping:
    """A clock that a test moves."""

    now_s = 0.0

    async def sleep(self, seconds: float) -> None:
        self.now_s += seconds

    async def answer(self, _: Asking, left_s: float) -> Answer | None:
        raise AssertionError(left_s)

    async def look_on(self, _: Asking, left_s: float, grown: object) -> None:
        raise AssertionError(left_s, grown)


class Onlooker:
    """Keeps what it sees, and when."""

    def __init__(self) -> None:
        self.seen: list[tuple[float, str, int]] = []

    def look(self, view: View) -> None:
        self.seen.append((time.monotonic(), view.text, view.tally.keys))


class Views:
    """Keeps all that there is to see."""

    def __init__(self) -> None:
        self.seen: list[View] = []

    def look(self, view: View) -> None:
        self.seen.append(view)


async def test_what_was_recorded_is_shown_in_order_and_not_before_its_time() -> None:
    clock, tally, onlooker = Stepping(), Tally(), Onlooker()
    console = Console(file=io.StringIO(), force_terminal=True, width=80)
    with recording(console, clock) as taken:
        for at_s, text in [(0.0, "a"), (0.02, "ab"), (0.02, "abc"), (0.05, "abcd")]:
            clock.now_s = at_s
            tally.press(1)
            taken.look(View(text=text, cursor=0, ghost="", taken="", ms=1.0, tally=tally))
    started_s = time.monotonic()
    await taken.show(onlooker)
    assert [(text, keys) for _, text, keys in onlooker.seen] == [("a", 1), ("ab", 2), ("abc", 3), ("abcd", 4)]
    assert all(at_s - started_s >= due for (at_s, *_), due in zip(onlooker.seen, [0.0, 0.02, 0.02, 0.05], strict=True))


async def test_each_view_has_the_latencies_of_its_time_and_takes_no_more_room_for_it() -> None:
    clock, tally, views = Stepping(), Tally(), Views()
    with recording(Console(file=io.StringIO()), clock) as taken:
        for number in range(3):
            tally.latencies_ms.append(float(number))
            tally.overtake(10.0 * number)
            taken.look(View(text="a", cursor=0, ghost="", taken="", ms=1.0, tally=tally))
    assert all(seen.view.tally.latencies_ms is tally.latencies_ms for seen in taken._seen)
    await taken.show(views)
    assert [each.tally.latencies_ms for each in views.seen] == [[0.0], [0.0, 1.0], [0.0, 1.0, 2.0]]
    assert [each.tally.overtaken_ms for each in views.seen] == [[0.0], [0.0, 10.0], [0.0, 10.0, 20.0]]
