from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace
from support.cores import CODE, Clock, answer, complete, merging_tokenizer, null_core, run, slow_core

from engine.continuation import Generated
from engine.draft import NO_DRAFT, Draft, Drafts
from engine.messages import NO_BACKGROUND, Completed, Forget, Frame, Grown, Shape, Warm
from engine.pace import Pace
from engine.sampler import Choice
from engine.tokenizer import NULL_SPECIALS

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

shapes = st.sampled_from(["line", "block"])
# Places in a text that repeats itself, so that the null model has something to say.
places = st.integers(1, 2 * len(CODE) - 1).map(lambda end: ((CODE + CODE)[:end], (CODE + CODE)[end:]))


class FixedPace(Pace):
    """Chunks of one size."""

    def learn(self, tokens: int, rows: int, wall_s: float) -> None:
        """Learn nothing."""


def same(one: Completed, other: Completed) -> bool:
    return (one.text, one.tokens, one.stop) == (other.text, other.tokens, other.stop) and one.confidence == (
        pytest.approx(other.confidence)
    )


def test_a_line_that_stands_elsewhere_is_completed() -> None:
    prefix = CODE + "\n\ndef again(prices, count):\n    total = 0\n    for price in pri"
    for core in (null_core(), null_core(merging_tokenizer())):
        done = answer(core, complete(1, prefix))
        assert (done.text, done.stop) == ("ces:", "line")
        assert done.confidence > 0.9


def test_a_block_that_stands_elsewhere_is_completed() -> None:
    opening, body = "def area(width, height):", "\n    result = width * height\n\n    return result"
    done = answer(null_core(), complete(1, f"{opening}{body}\n\n\nx = 1\n\n\n{opening}", shape="block"))
    assert (done.text, done.stop) == (body, "block")


def test_more_indentation_than_typed_is_part_of_the_suggestion() -> None:
    core = null_core(merging_tokenizer())
    typed = "    for price in prices:\n    "
    done = answer(core, complete(1, CODE + typed))
    assert done.text == "    total += price * count"


@given(places, shapes)
def test_each_token_that_shows_has_its_end_and_its_probability(place: tuple[str, str], shape: Shape) -> None:
    for tokenizer in (None, merging_tokenizer()):
        done = answer(null_core(tokenizer) if tokenizer else null_core(), complete(1, *place, shape=shape))
        assert len(done.token_ends) == len(done.log_probabilities)
        assert list(done.token_ends) == sorted(done.token_ends)
        assert done.token_ends[-1:] == ((len(done.text),) if done.text else ())


def test_a_token_that_ends_within_a_character_counts_without_it() -> None:
    generated = Generated(hidden=1)
    for piece in (b"(a", b"\xc3", b"\xa9)", b"x"):
        generated.add(Choice(0, 0.0), piece)
    assert generated.characters("a\u00e9)") == [1, 1, 3]
    assert generated.characters("\u00e9)x", typed=1) == [0, 2, 3]


@given(places, shapes)
@settings(max_examples=30)
def test_what_is_known_beforehand_changes_nothing(place: tuple[str, str], shape: Shape) -> None:
    prefix, suffix = place
    request = complete(1, prefix, suffix, shape=shape)
    fresh = answer(null_core(merging_tokenizer()), request)
    warmed = null_core(merging_tokenizer())
    assert run(warmed, Warm(document="a", prefix=prefix, suffix=suffix)) == []
    again = answer(warmed, request)
    assert same(fresh, again)
    assert (again.timings.prefilled_tokens, again.timings.cached_tokens) == (0, fresh.timings.prefilled_tokens)
    assert same(fresh, answer(warmed, request))


@given(st.lists(st.tuples(places, shapes, st.sampled_from("ab")), min_size=2, max_size=5), st.integers(1, 3))
@settings(max_examples=30)
def test_cached_and_uncached_decoding_give_the_same_text(
    uses: list[tuple[tuple[str, str], Shape, str]], caches: int
) -> None:
    used = null_core(merging_tokenizer(), caches=caches, context_tokens=300)
    for (prefix, suffix), shape, document in uses:
        request = complete(1, prefix, suffix, shape=shape, document=document)
        fresh = answer(null_core(merging_tokenizer(), context_tokens=300), request)
        assert same(fresh, answer(used, request))


@given(places, st.integers(1, 10))
@settings(max_examples=30)
def test_chunks_do_not_matter(place: tuple[str, str], chunk: int) -> None:
    request = complete(1, *place)
    core = null_core()
    core._bench.pace = FixedPace(chunk)
    assert same(answer(core, request), answer(null_core(), request))


def test_typing_what_was_generated_computes_nothing() -> None:
    core = null_core()
    whole = answer(core, complete(1, CODE + "def tot", "\n")).text
    for typed in range(1, len(whole)):
        done = answer(core, complete(2, CODE + "def tot" + whole[:typed], "\n"))
        assert done.text == whole[typed:]
        assert done.timings.prefilled_tokens == 0


def test_typing_something_else_computes_only_what_is_new() -> None:
    core = null_core()
    answer(core, complete(1, CODE + "def tot", "\n"))
    timings = answer(core, complete(2, CODE + "def toy", "\n")).timings
    assert (timings.prefilled_tokens, timings.cached_tokens) == (1, len(CODE + "def toy\n") + 2 - 1)


@given(places)
@settings(max_examples=30)
def test_a_completion_begins_with_what_was_taken_back(place: tuple[str, str]) -> None:
    prefix, suffix = place
    core = null_core(merging_tokenizer())
    answer(core, complete(1, prefix, suffix, shape="block"))
    frame = Frame(NO_BACKGROUND, suffix)
    prompt = core._reader._prompts.build(prefix, frame)
    found = core._pool.continuation("a", prefix, frame)
    assert found is not None
    data = found[0].generated.data
    assert data.startswith(prompt.taken_back) or prompt.taken_back.startswith(data)


def test_a_special_token_in_the_document_is_text() -> None:
    line = f"END = '{NULL_SPECIALS[-1]}' + '{NULL_SPECIALS[0]}'"
    done = answer(null_core(), complete(1, f"{line}\n\nx = 1\nEND = ", f"\n# {NULL_SPECIALS[1]}\n"))
    assert (done.text, done.stop) == (line[len("END = ") :], "line")


def test_the_model_may_end_by_itself() -> None:
    done = answer(null_core(), complete(1, "qwertz"))
    assert (done.text, done.stop, done.tokens, done.confidence) == ("", "end", 0, 0.0)


def test_an_empty_document() -> None:
    assert answer(null_core(merging_tokenizer()), complete(1, "")).text == ""


def test_text_never_ends_inside_a_character() -> None:
    line = "naïve = '日本語 😀'"
    for limit in range(1, 30):
        done = answer(null_core(), complete(1, f"{line}\n\nnaïve = ", max_tokens=limit))
        assert line[len("naïve = ") :].startswith(done.text)
    assert done.stop == "line"


def test_the_limit_ends_a_line_at_a_whole_word() -> None:
    done = answer(null_core(), complete(1, "total = one + two + three\ntotal = ", max_tokens=8))
    assert (done.text, done.stop, done.tokens) == ("one +", "length", 8)


def test_the_context_is_never_exceeded() -> None:
    text = "".join(chr(33 + (7 * place) % 90) for place in range(400))
    for context_tokens in (40, 64, 100, 200):
        done = answer(
            null_core(context_tokens=context_tokens), complete(1, text, text, shape="block", max_tokens=10**6)
        )
        assert done.timings.prefilled_tokens + done.tokens <= context_tokens


def test_going_round_in_circles_ends_before_the_circle() -> None:
    core = null_core()
    done = answer(core, complete(1, "a = 1\nprint(a, a, a, a, a, a, a, a", shape="line"))
    assert (done.text, done.stop) == ("", "repeat")


def test_bytes_that_can_become_no_character_end_a_completion() -> None:
    generated = Generated(hidden=2)
    for place, piece in enumerate([b"xy", b"a", b"\xf0", b"\x9f\x98"]):
        generated.add(Choice(place, -1.0), piece)
        assert not generated.is_broken()
    assert generated.text() == "a"
    generated.add(Choice(9, -1.0), b"a")
    assert generated.is_broken()
    assert generated.text() == "a"


def test_confidence_is_of_the_tokens_that_show() -> None:
    generated = Generated(hidden=3)
    for log, piece in [(-9.0, b"pr"), (-1.0, b"ice"), (-3.0, b"s"), (-50.0, b"\n")]:
        generated.add(Choice(0, log), piece)
    assert generated.confidence("ces") == pytest.approx(0.1353, rel=1e-3)
    assert generated.confidence("ce") == pytest.approx(0.3679, rel=1e-3)
    assert generated.confidence("") == 0.0


def test_simulated_and_wall_time_are_told_apart() -> None:
    core = slow_core(0.01, clock=Clock())
    timings = answer(core, complete(1, CODE + "def tot", "\n")).timings
    assert timings.simulated_ms is not None
    assert timings.simulated_ms + 1e-6 >= 10 * (timings.prefilled_tokens + timings.steps - 1)
    assert timings.prefill_ms + timings.decode_ms == pytest.approx(timings.simulated_ms)
    assert timings.queue_ms == 0
    run(core, Forget("a"))
    again = answer(core, complete(2, CODE + "def tot", "\n")).timings
    assert again.simulated_ms == pytest.approx(timings.simulated_ms, rel=0.2)  # drafts are longer by now
    assert answer(null_core(), complete(2, CODE)).timings.simulated_ms is None


class NoDrafts(Drafts):
    """Guesses nothing: plain greedy decoding, a token a step."""

    def propose(self, ids: Sequence[int], room: int, step_s: Callable[[int], float]) -> Draft:  # noqa: ARG002
        """Give no draft."""
        return NO_DRAFT


class WildDrafts(Drafts):
    """Guesses at random, long and mostly wrong."""

    def propose(self, ids: Sequence[int], room: int, step_s: Callable[[int], float]) -> Draft:  # noqa: ARG002
        """Give a draft of some tokens that were read."""
        tokens = tuple(ids[-min(room, 1 + sum(ids) % 9, len(ids)) :]) if room else ()
        return Draft(tokens, (1,) * len(tokens))


@given(places, shapes, st.sampled_from([Drafts, WildDrafts]))
@settings(max_examples=60)
def test_drafts_change_nothing_but_the_number_of_steps(
    place: tuple[str, str], shape: Shape, drafts: type[Drafts]
) -> None:
    request = complete(1, *place, shape=shape)
    plain, drafted = null_core(merging_tokenizer()), null_core(merging_tokenizer())
    plain._bench.drafts, drafted._bench.drafts = NoDrafts(), drafts()
    expected, found = answer(plain, request), answer(drafted, request)
    assert same(expected, found)
    assert found.timings.steps <= expected.timings.steps


def test_a_repetition_takes_few_steps() -> None:
    opening = "def area(width, height):"
    text = f"{opening}\n    result = width * height\n    return result\n\n\nx = 1\n\n\n{opening}"
    done = answer(null_core(), complete(1, text, shape="block"))
    assert done.tokens > 5 * done.timings.steps > 0


def test_the_next_line_is_there_when_the_answer_is_accepted() -> None:
    core, prefix = null_core(), CODE + "\n\ndef again(prices, count):\n    total = 0\n    for price in pri"
    (done,) = run(core, replace(complete(1, prefix), ahead=1))
    assert isinstance(done, Completed)
    accepted = prefix + done.text
    stepped = core._bench.drafts.checked
    core._bench.drafts.checked = None  # type: ignore[assignment, method-assign]  # whoever steps from now on fails
    following = answer(core, complete(2, accepted + "\n        "))
    assert following.text == "total += price * count"
    core._bench.drafts.checked = stepped  # type: ignore[method-assign]


def test_what_was_cut_short_is_completed_when_nothing_else_is_to_be_done() -> None:
    core = slow_core(0.01, clock=Clock())
    prefix = CODE + "\n\ndef again(prices, count):\n    for price in prices:\n        total"
    run(core, Warm(document="a", prefix=prefix, suffix=""))
    cut, grown = run(core, complete(1, prefix, budget_ms=60))
    assert isinstance(cut, Completed)
    assert isinstance(grown, Grown)
    assert (cut.stop, grown.completed.stop, grown.completed.id) == ("deadline", "line", 1)
    assert grown.completed.text.startswith(cut.text)
    whole = answer(core, complete(2, prefix))
    assert same(whole, grown.completed)
    assert whole.timings.decode_ms == 0
