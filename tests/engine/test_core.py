from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace
from support.cores import CODE, Clock, SlowModel, answer, complete, null_core, null_model, run, slow_core

from engine.core import Core
from engine.messages import Cancel, Complete, Completed, Event, Failed, Forget, Grown, Ping, Pong, Request, Warm
from engine.prompt import NULL_FORMAT
from engine.tokenizer import byte_tokenizer
from hardware.device import DeviceError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from hardware.device import Cache, Step

LINE = "total += price * count"
PREFIX = CODE + "\n\ndef again(prices, count):\n    for price in prices:\n        total"


def completed(events: list[Event]) -> list[Completed]:
    return [event for event in events if isinstance(event, Completed)]


def test_an_idle_core_answers_pings_and_has_nothing_else_to_do() -> None:
    core = null_core()
    assert core.step() == []
    core.submit(Ping(7))
    assert core.busy
    assert core.step() == [Pong(7)]
    assert run(core) == []


def test_a_newer_request_of_the_document_supersedes_the_older_at_once() -> None:
    core = slow_core(0.001, clock=Clock())
    core.submit(complete(1, PREFIX))
    core.step()
    core.submit(complete(2, PREFIX + " "))
    (superseded,) = completed(core.step())
    assert (superseded.id, superseded.text, superseded.stop) == (1, "", "cancelled")
    (done,) = completed(run(core))
    assert (done.id, done.text) == (2, LINE[len("total ") :])


def test_cancelling_takes_effect_within_one_step() -> None:
    for steps in range(1, 40):
        core = slow_core(0.001, clock=Clock())
        core.submit(complete(1, PREFIX))
        if any(core.step() for _ in range(steps)):
            return
        core.submit(Cancel(1))
        (cancelled,) = core.step()
        assert isinstance(cancelled, Completed)
        assert (cancelled.id, cancelled.stop) == (1, "cancelled")
        assert not core.busy
    pytest.fail("it never came to an end by itself")


def test_cancelling_what_is_over_or_never_was_changes_nothing() -> None:
    core = null_core()
    answer(core, complete(1, PREFIX))
    assert run(core, Cancel(1), Cancel(99)) == []


def test_closing_a_document_answers_its_request() -> None:
    core = slow_core(0.001, clock=Clock())
    core.submit(complete(1, PREFIX))
    core.step()
    (event,) = run(core, Forget("a"))
    assert isinstance(event, Completed)
    assert event.stop == "cancelled"
    assert answer(core, complete(2, PREFIX)).timings.cached_tokens == 0


def test_a_complete_goes_on_where_the_warm_before_it_got_to() -> None:
    core = slow_core(0.01, clock=Clock())
    core.submit(Warm(document="a", prefix=PREFIX, suffix=""))
    for _ in range(3):
        core.step()
    done = answer(core, complete(1, PREFIX))
    assert done.timings.cached_tokens >= 3 * 16
    assert done.timings.prefilled_tokens == len(PREFIX) + 2 - done.timings.cached_tokens
    assert done.text == LINE[len("total") :]


def test_what_expired_before_it_was_begun_is_told_when_it_is_there() -> None:
    core = slow_core(0.01, clock=Clock())
    core.submit(complete(1, "x = 1\n" * 20, document="b"))
    core.submit(complete(2, PREFIX, budget_ms=100))
    first, second, third = (event for event in run(core) if not isinstance(event, Pong))
    assert isinstance(first, Completed)
    assert (first.id, first.text, first.stop) == (2, "", "deadline")
    assert isinstance(second, Completed)
    assert isinstance(third, Grown)
    assert (third.completed.id, third.completed.text) == (2, LINE[len("total") :])


def test_another_documents_complete_comes_before_a_warm() -> None:
    core = slow_core(0.01, clock=Clock())
    core.submit(Warm(document="a", prefix=PREFIX, suffix=""))
    core.step()
    core.submit(complete(1, "x", document="b"))
    assert [event.id for event in completed(core.step() + core.step())] == [1]
    assert core.busy
    run(core)
    assert answer(core, complete(2, PREFIX)).timings.prefilled_tokens == 0


def test_two_documents_that_take_turns_keep_their_caches() -> None:
    core = null_core(caches=2)
    for turn in range(4):
        for document in "ab":
            done = answer(core, complete(turn, document + PREFIX + turn * "x", document=document))
            assert done.timings.prefilled_tokens <= 2 or turn == 0


def test_a_deadline_while_filling_is_kept_and_the_filling_goes_on() -> None:
    clock = Clock()
    core = slow_core(0.01, clock=clock)
    core.submit(complete(1, PREFIX, budget_ms=500))
    events: list[Event] = []
    while not events:
        events = core.step()
    (late,) = completed(events)
    assert (late.text, late.stop) == ("", "deadline")
    assert clock.now_s < 0.5 + core._bench.pace.chunk_tokens * 1.5 * 0.01
    assert core.busy
    (grown,) = run(core)
    assert isinstance(grown, Grown)
    done = answer(core, complete(2, PREFIX))
    assert done.text == grown.completed.text
    assert (done.text, done.timings.prefilled_tokens) == (LINE[len("total") :], 0)


def test_a_deadline_while_decoding_gives_whole_words_in_time() -> None:
    full = LINE[len("total") :]
    seen = set()
    for budget_ms in range(0, 300, 5):
        clock = Clock()
        core = slow_core(0.01, clock=clock)
        run(core, Warm(document="a", prefix=PREFIX, suffix=""))
        start_s = clock.now_s
        core.submit(complete(1, PREFIX, budget_ms=budget_ms))
        events: list[Event] = []
        while not events:
            events = core.step()
        (done,) = completed(events)
        assert clock.now_s - start_s <= budget_ms / 1000 + 1e-9
        assert done.text in {"", " +", " +=", " += price", " += price *", full}
        assert done.stop == ("line" if done.text == full else "deadline")
        seen.add(done.text)
    assert len(seen) == 6


def test_a_request_that_waits_behind_another_is_answered_by_its_deadline() -> None:
    core = slow_core(0.01, clock=Clock())
    core.submit(complete(1, PREFIX, document="a"))
    core.submit(complete(2, PREFIX, document="b", budget_ms=300))
    answers = completed(run(core))
    assert [(done.id, done.stop) for done in answers] == [(2, "deadline"), (1, "line")]
    assert 300 <= answers[0].timings.queue_ms < 300 + 2 * 24 * 10


class FaultyModel(SlowModel):
    """Breaks down at one step."""

    faulty_step = 0
    steps = 0

    def step(self, cache: Cache, keep: int, tokens: Sequence[int], rows: int) -> Step:
        self.steps += 1
        if self.steps == self.faulty_step:
            raise DeviceError("The device is on fire; put it out.")
        return super().step(cache, keep, tokens, rows)


@pytest.mark.parametrize("faulty_step", [1, 2, 5, 7])
def test_a_failure_ends_its_request_and_nothing_else(faulty_step: int, caplog: pytest.LogCaptureFixture) -> None:
    tokenizer, clock = byte_tokenizer(), Clock()
    model = FaultyModel(null_model(tokenizer), clock, 0.001)
    core = Core(model, tokenizer, NULL_FORMAT, context_tokens=1024, caches=1, clock=clock)
    model.faulty_step = faulty_step
    assert run(core, complete(1, PREFIX)) == [Failed(1, "DeviceError: The device is on fire; put it out.")]
    assert answer(core, complete(2, PREFIX)).text == LINE[len("total") :]
    model.faulty_step = model.steps + 1
    assert run(core, Warm(document="b", prefix=CODE, suffix="")) == []
    assert not core.busy
    assert CODE not in caplog.text
    assert answer(core, complete(3, PREFIX)).text == LINE[len("total") :]


documents = st.sampled_from("abc")
texts = st.integers(0, len(PREFIX)).map(lambda end: PREFIX[:end])
actions = st.one_of(
    st.builds(
        Complete,
        document=documents,
        prefix=texts,
        suffix=st.just(""),
        shape=st.sampled_from(["line", "block"]),
        budget_ms=st.sampled_from([0.0, 200.0, 1e6]),
        max_tokens=st.just(300),
        candidates=st.sampled_from([1, 3]),
    ),
    st.builds(Warm, document=documents, prefix=texts, suffix=st.just("")),
    st.builds(Cancel, st.integers(0, 20)),
    st.builds(Forget, documents),
    st.builds(Ping, st.integers(0, 99)),
    st.integers(1, 20),  # steps
)


@given(st.lists(actions, max_size=25))
@settings(max_examples=60)
def test_every_request_is_answered_exactly_once_however_they_mingle(plan: list[Request | int]) -> None:
    core = slow_core(0.002, clock=Clock())
    asked: Counter[int] = Counter()
    pinged: Counter[int] = Counter()
    events: list[Event] = []
    for number, action in enumerate(plan):
        match action:
            case int():
                events += [event for _ in range(action) for event in core.step()]
            case Complete():
                asked[number] += 1
                core.submit(replace(action, id=number))
            case Ping():
                pinged[action.id] += 1
                core.submit(action)
            case _:
                core.submit(action)
    events += run(core)
    assert Counter(event.id for event in completed(events)) == asked
    assert Counter(event.id for event in events if isinstance(event, Pong)) == pinged
    grown = [event.completed.id for event in events if isinstance(event, Grown)]
    assert set(grown) <= {done.id for done in completed(events) if done.stop == "deadline"}
    assert len(events) == asked.total() + pinged.total() + len(grown)
    assert core.step() == []
