from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace
from support.cores import Clock, answer, complete, null_core, run, slow_core

from engine.messages import Background, Complete, Completed, Excerpt, Near, Warm
from engine.scheduler import Read

if TYPE_CHECKING:
    from engine.core import Core

FAR = "".join(f"far_{number} = {number}\n" for number in range(30))
NEARBY = "total += price * count\n\n\ndef again(prices, count):\n    for price in prices:\n        total"
BELOW = "\n\nx = 1\n"
REST = " += price * count"
TOKEN_S = 0.001


def cold(request_id: int = 1, typed: str = "") -> Complete:
    """Ask at a place of which most is far from the cursor."""
    request = complete(request_id, FAR + NEARBY + typed, BELOW + FAR[:80])
    return replace(request, near=Near(len(FAR), len(BELOW)))


ELSEWHERE = Background(path="me.py", excerpts=(Excerpt("you.py", FAR[:88]),))
ELSEWHERE_TOKENS = len(f"_you.py\n{FAR[:88]}\n_me.py\n")


def reader(token_s: float = TOKEN_S) -> Core:
    """Set up a core that knows how long reading takes."""
    core = slow_core(token_s, clock=Clock())
    run(core, complete(0, "x = 1\n" * 10, document="elsewhere"))
    return core


def first_answer(core: Core, request: Complete) -> Completed:
    core.submit(request)
    while True:
        for event in core.step():
            assert isinstance(event, Completed)
            return event


def test_at_a_new_place_the_nearest_lines_are_read_first() -> None:
    done = first_answer(reader(), cold())
    assert done.text == REST
    assert done.timings.prefilled_tokens == len(NEARBY + BELOW) + 2


def test_where_reading_costs_little_all_of_it_is_read() -> None:
    assert answer(reader(1e-6), cold()).timings.prefilled_tokens == len(cold().prefix + cold().suffix) + 2


def test_without_nearest_lines_all_of_it_is_read() -> None:
    whole = replace(cold(), near=None)
    assert first_answer(reader(), whole).timings.prefilled_tokens == len(whole.prefix + whole.suffix) + 2


def test_the_whole_is_read_afterwards_and_serves_whoever_comes_then() -> None:
    core = reader()
    answer(core, cold())
    done = answer(core, cold(2, "_"))
    assert done.timings.cached_tokens == len(cold().prefix + cold().suffix) + 2
    assert done.timings.prefilled_tokens == 1
    assert core.step() == []
    assert not core.busy


def test_who_comes_before_the_whole_is_read_is_served_by_the_nearest_lines() -> None:
    core = reader()
    first_answer(core, cold())
    for _ in range(3):
        core.step()
    done = first_answer(core, cold(2, "_"))
    assert done.timings.prefilled_tokens == 1
    assert done.timings.cached_tokens == len(NEARBY + BELOW) + 2


def test_a_place_that_is_only_expected_is_read_whole_too() -> None:
    core, request = reader(), cold()
    expected = Warm(document="a", prefix=request.prefix, suffix=request.suffix, near=request.near)
    assert run(core, expected) == []
    timings = answer(core, cold()).timings
    assert (timings.prefilled_tokens, timings.cached_tokens) == (0, len(request.prefix + request.suffix) + 2)


def test_the_window_after_the_next_hop_is_read_up_to_its_last_whole_line() -> None:
    core, hop = reader(), len(FAR) // 2
    request = replace(cold(), hop=hop)
    answer(core, request)
    beyond = replace(request, id=2, prefix=request.prefix[hop:] + "\n", hop=0)
    done = first_answer(core, beyond)
    assert done.timings.prefilled_tokens == len("        total\n")
    assert done.timings.cached_tokens == len(beyond.prefix + beyond.suffix) + 2 - len("        total\n")
    assert answer(core, cold(3)).timings.prefilled_tokens <= 1  # the window before is kept


def test_reading_ends_with_as_many_documents_as_there_are_caches() -> None:
    core = null_core(caches=4)
    for document in "abcd":
        run(core, complete(1, FAR + NEARBY, BELOW, document=document))
    assert len(run(core, replace(cold(2), document="d", near=None, hop=len(FAR) // 2))) == 1  # and comes to an end
    assert answer(core, replace(cold(3), document="d", near=None)).timings.prefilled_tokens <= 1


def test_the_nearest_lines_serve_until_the_whole_is_read() -> None:
    core, request = reader(), cold()
    core.submit(Warm(document="a", prefix=request.prefix, suffix=request.suffix, near=request.near))
    while core.step() == [] and not isinstance(core._work, Read):
        continue
    core.step()  # the whole is begun
    done = first_answer(core, cold())
    assert done.timings.prefilled_tokens + done.timings.cached_tokens == len(NEARBY + BELOW) + 2
    assert done.timings.prefilled_tokens <= 1


def test_typing_along_after_the_whole_is_read_goes_on_from_the_whole() -> None:
    core = reader()
    done = answer(core, cold())
    again = answer(core, cold(2, done.text[:3]))
    assert again.timings.cached_tokens + again.timings.prefilled_tokens == len(cold().prefix + cold().suffix) + 2 + 3


def test_answers_are_those_of_a_core_that_has_read_nothing_before() -> None:
    core = reader()
    for request in (cold(), cold(2, " "), replace(cold(3, " +"), hop=100), cold(4, "\n")):
        done, fresh = answer(core, request), answer(null_core(), replace(request, near=None))
        assert (done.text, done.stop) == (fresh.text, fresh.stop)


def test_a_new_background_is_read_after_the_answer() -> None:
    core = reader()
    done = first_answer(core, replace(cold(), background=ELSEWHERE))
    assert done.timings.prefilled_tokens == len(NEARBY + BELOW) + 2
    run(core)
    again = answer(core, replace(cold(2, "_"), background=ELSEWHERE))
    assert again.timings.cached_tokens == ELSEWHERE_TOKENS + len(cold().prefix + cold().suffix) + 2
    assert again.timings.prefilled_tokens == 1


def test_at_another_place_the_nearest_lines_are_read_behind_the_background() -> None:
    core = reader()
    run(core, replace(cold(), background=ELSEWHERE))
    elsewhere = replace(cold(2), prefix=FAR + NEARBY[::-1], background=ELSEWHERE)
    timings = first_answer(core, elsewhere).timings
    assert timings.cached_tokens >= ELSEWHERE_TOKENS
    assert timings.prefilled_tokens <= len(NEARBY + BELOW) + 2


def test_with_another_background_an_answer_is_another() -> None:
    core = null_core()
    text = "def price_of(thing):\n    return thing.cents / 100\n"
    knowing = Background(path="me.py", excerpts=(Excerpt("you.py", text),))
    assert answer(core, complete(1, "def price_of(", "\n")).text == ""
    assert answer(core, replace(complete(2, "def price_of(", "\n"), background=knowing)).text == "thing):"
