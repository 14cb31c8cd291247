from __future__ import annotations

import math
from itertools import pairwise
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace
from support.cores import CODE, Clock, complete, merging_tokenizer, null_core, run
from support.plain import Plain, clashes, same
from support.wavering import MENU, WaveringModel, wavering_core

from engine.decode import OTHERS_SHARE
from engine.difference import Sight
from engine.draft import NO_DRAFT
from engine.messages import NATURAL_STOPS, Cancel, Complete, Completed, Forget, Shape, Warm
from engine.tokenizer import byte_tokenizer

if TYPE_CHECKING:
    from engine.core import Core
    from engine.tokenizer import Tokenizer
    from hardware.device import Cache

TOKEN_S = 0.01
shapes = st.sampled_from(["line", "block"])
tokenizers = st.sampled_from([byte_tokenizer(), merging_tokenizer()])
# Places in texts that say similar things over and over, so that there is something to choose from.
TEXT = CODE + MENU
places = st.integers(1, 2 * len(TEXT) - 1).map(lambda end: ((TEXT + TEXT)[:end], (TEXT + TEXT)[end:]))


def explicit(
    request_id: int, prefix: str, suffix: str = "", *, shape: Shape = "line", budget_ms: float = 1e6
) -> Complete:
    request = complete(request_id, prefix, suffix, shape=shape, budget_ms=budget_ms, max_tokens=24)
    return replace(request, candidates=3)


def ask(core: Core, request: Complete) -> Completed:
    """Run a request; what is done behind its answer is no matter."""
    events = [event for event in run(core, request) if isinstance(event, Completed)]
    assert [event.id for event in events] == [request.id]
    return events[0]


def words(completed: Completed) -> list[str]:
    return [completed.text, *(other.text for other in completed.others)]


def is_choice(request: Complete, text: str, done: Completed) -> bool:
    """Tell whether a text would be one candidate more."""
    sight = Sight(request.prefix, request.suffix)
    return bool(text.strip()) and all(sight.differ(text, other) for other in words(done) if other)


def test_what_the_model_nearly_said_comes_with_what_it_says() -> None:
    done = ask(wavering_core(), explicit(1, MENU))
    assert words(done) == ["alpha", "beta", "gamma"]
    assert [other.stop for other in done.others] == ["line", "line"]
    assert [other.tokens for other in done.others] == [5, 6]
    assert [other.confidence for other in done.others] == pytest.approx([(1 / 3) ** (1 / 4), (1 / 6) ** (1 / 5)])


def test_no_more_come_than_were_asked_for() -> None:
    assert words(ask(wavering_core(), replace(explicit(1, MENU), candidates=2))) == ["alpha", "beta"]
    assert words(ask(wavering_core(), replace(explicit(1, MENU), candidates=9))) == ["alpha", "beta", "gamma"]


def test_who_wants_one_answer_pays_for_one() -> None:
    core, plain = wavering_core(), wavering_core()
    assert ask(core, replace(explicit(1, MENU), candidates=1)).others == ()
    assert ask(plain, complete(1, MENU)).others == ()
    assert model_of(core).steps == model_of(plain).steps
    assert "aside" not in vars(core._pool)


def test_what_all_branches_begin_with_is_copied_once(monkeypatch: pytest.MonkeyPatch) -> None:
    core, copied = wavering_core(), list[int]()
    copy = model_of(core).copy

    def counted(source: Cache, target: Cache, keep: int) -> None:
        copied.append(keep)
        copy(source, target, keep)

    monkeypatch.setattr(model_of(core), "copy", counted)
    assert len(words(ask(core, explicit(1, MENU)))) == 3
    assert len(copied) == 1
    assert len(words(ask(core, explicit(2, MENU)))) == 3
    assert len(copied) == 1


def test_a_model_that_is_sure_has_nothing_else_to_say() -> None:
    prefix = CODE + "\n\ndef again(prices, count):\n    total = 0\n    for price in pri"
    assert words(ask(null_core(), explicit(1, prefix))) == ["ces:"]


def test_where_the_model_says_nothing_the_next_best_is_offered() -> None:
    done = ask(wavering_core(), explicit(1, "print(total)\nprint(total)\nprint(total).flush()\nprint(total)", "\n"))
    assert words(done) == ["", ".flush()"]


def test_what_was_typed_of_a_word_rules_out_the_others() -> None:
    core, lines = wavering_core(merging_tokenizer()), ["price", "price", "price", "prior", "count", "count"]
    prefix = "".join(f"x = 1\ntotal = {line}\n" for line in lines) + "x = 1\ntotal ="
    assert words(ask(core, explicit(1, prefix))) == [" price", " count", " prior"]
    assert words(ask(core, explicit(2, prefix + " pri"))) == ["ce", "or"]


@given(places, shapes, tokenizers)
@settings(max_examples=60)
def test_each_is_what_plain_decoding_says_behind_another_token(
    place: tuple[str, str], shape: Shape, tokenizer: Tokenizer
) -> None:
    core, request = wavering_core(tokenizer), explicit(1, *place, shape=shape)
    done = ask(core, request)
    plain = Plain(core, request)
    assert same(done, plain.decode([]))
    expected = list(plain.branches())
    assert len(done.others) <= 2
    for other in done.others:
        assert any(same(other, branch) for branch in expected)
    if len(done.others) < 2 and tokenizer.size == byte_tokenizer().size:  # where no text can be cut in two ways
        assert not any(branch.stop in NATURAL_STOPS and is_choice(request, branch.text, done) for branch in expected)


@given(places, shapes, tokenizers)
@settings(max_examples=60)
def test_all_differ_and_the_likelier_come_first(place: tuple[str, str], shape: Shape, tokenizer: Tokenizer) -> None:
    request = explicit(1, *place, shape=shape)
    done, alone = ask(wavering_core(tokenizer), request), ask(wavering_core(tokenizer), replace(request, candidates=1))
    assert replace(done, others=(), timings=alone.timings) == alone
    for number, other in enumerate(done.others):
        assert other.text.strip()
        assert not clashes(other.text, [text for text in words(done)[: number + 1] if text])
    if tokenizer.size == byte_tokenizer().size:
        likelihoods = [len(other.text.encode()) * math.log(other.confidence) for other in done.others]
        assert all(one >= next_ - 1e-6 for one, next_ in pairwise(likelihoods))


@given(places, shapes)
@settings(max_examples=40)
def test_neither_drafts_nor_what_is_known_already_make_a_difference(place: tuple[str, str], shape: Shape) -> None:
    request = explicit(1, *place, shape=shape)
    core, plain = wavering_core(merging_tokenizer()), wavering_core(merging_tokenizer())
    plain._bench.drafts.propose = lambda *_: NO_DRAFT  # type: ignore[method-assign]
    done = ask(core, request)
    assert done.others == pytest.approx(ask(plain, request).others)
    assert done.others == ask(core, request).others


def test_typing_on_changes_the_choice_to_what_goes_with_it() -> None:
    core = wavering_core()
    prefix = "total = alpha\n" * 3 + "total = abacus\n" * 2 + "total = beta\n" * 2 + "total = "
    assert set(words(ask(core, explicit(1, prefix)))) == {"alpha", "abacus", "beta"}
    assert words(ask(core, explicit(2, prefix + "a"))) == ["lpha", "bacus"]
    assert words(ask(core, explicit(3, prefix + "al"))) == ["pha"]


@given(places, shapes)
@settings(max_examples=40)
def test_nothing_that_is_cached_is_lost(place: tuple[str, str], shape: Shape) -> None:
    prefix, suffix = place
    core = wavering_core()
    run(core, Warm(document="b", prefix=suffix, suffix=""))
    ask(core, replace(explicit(1, prefix, suffix, shape=shape), candidates=1))
    before = cached(core)
    done = ask(core, explicit(2, prefix, suffix, shape=shape))
    assert cached(core) == before
    if done.stop in {"line", "end"}:
        steps = model_of(core).steps
        typed = done.text[: len(done.text) // 2]
        rest = ask(core, replace(explicit(3, prefix + typed, suffix, shape=shape), candidates=1))
        assert typed + rest.text == done.text
        assert model_of(core).steps == steps


def test_there_is_a_step_at_most_between_two_looks_at_the_requests() -> None:
    core = wavering_core()
    core.submit(explicit(1, TEXT))
    while core.busy:
        before = model_of(core).steps
        core.step()
        assert model_of(core).steps <= before + 1


def test_cancelling_takes_effect_within_one_step_and_leaves_nothing_behind() -> None:
    expected = ask(wavering_core(), explicit(2, MENU))
    branched = False
    for steps in range(1, 100):
        core = wavering_core()
        core.submit(explicit(1, MENU))
        if any(core.step() for _ in range(steps)):
            assert branched
            return
        branched = "aside" in vars(core._pool)
        core.submit(Cancel(1))
        (cancelled,) = core.step()
        assert isinstance(cancelled, Completed)
        assert (cancelled.id, cancelled.stop, cancelled.others) == (1, "cancelled", ())
        assert not core.busy
        again = ask(core, explicit(2, MENU))
        assert (words(again), again.others) == (words(expected), expected.others)
    pytest.fail("it never came to an end by itself")


def test_a_deadline_gives_fewer_and_never_loses_the_first() -> None:
    seen = []
    for budget_ms in range(0, 1000, 5):
        core, clock = slow_core(MENU, token_s=TOKEN_S)
        done, waited_s = timed(core, clock, explicit(1, MENU, budget_ms=budget_ms))
        assert waited_s <= budget_ms / 1000 + 1e-9
        seen.append(words(done))
    assert seen[0] == [""]
    assert seen[-1] == ["alpha", "beta", "gamma"]
    assert [len(each) for each in seen] == sorted(len(each) for each in seen)
    whole = seen[seen.index(["alpha"]) :]
    assert all(each == seen[-1][: len(each)] for each in whole)
    assert ["alpha", "beta"] in whole


def slow_core(text: str, *, token_s: float) -> tuple[Core, Clock]:
    """Have a core whose steps are known to take so long, and which has read a text."""
    clock = Clock()
    core = wavering_core(clock=clock, token_s=token_s)
    for tokens in (1, 16):
        core._bench.pace.cost.learn(tokens, tokens * token_s)
    run(core, Warm(document="a", prefix=text, suffix=""))
    return core, clock


def timed(core: Core, clock: Clock, request: Complete) -> tuple[Completed, float]:
    """Run a request until its answer; tell how long it took, too."""
    start_s = clock.now_s
    core.submit(request)
    while True:
        for event in core.step():
            if isinstance(event, Completed):
                return event, clock.now_s - start_s


def test_a_whole_answer_waits_for_the_others_a_while_and_no_longer() -> None:
    core, clock = slow_core(MENU, token_s=10 * TOKEN_S)
    first = replace(explicit(1, MENU, budget_ms=2000), candidates=1)
    alone, took_s = timed(core, clock, first)
    assert took_s < 2 * OTHERS_SHARE
    for budget_ms, expected in ((4000, ["alpha", "beta"]), (1500 * took_s, ["alpha"])):
        core, clock = slow_core(MENU, token_s=10 * TOKEN_S)
        done, waited_s = timed(core, clock, explicit(2, MENU, budget_ms=budget_ms))
        assert words(done) == expected
        assert (done.text, done.stop) == (alone.text, alone.stop)
        assert waited_s <= max(took_s, budget_ms / 1000 * OTHERS_SHARE) + 1e-9


def test_blocks_share_the_time_and_are_kept_as_far_as_their_lines_are_whole() -> None:
    blocks = ["one:\n\topen\n\tread\n\tstop", "two:\n\twalk\n\tlook\n\thalt", "six:\n\tpull\n\tkick\n\tquit"]
    text = "".join(f"with {block}\n\n\n" * count for count, block in zip((4, 3, 2), blocks, strict=True)) + "with "
    asked = replace(explicit(1, text, shape="block"), max_tokens=99)
    assert words(ask(wavering_core(), asked)) == blocks
    seen = []
    for budget_ms in range(0, 8000, 100):
        core, clock = slow_core(text, token_s=TOKEN_S)
        ask(core, replace(asked, candidates=1))
        done, waited_s = timed(core, clock, replace(asked, id=2, budget_ms=budget_ms))
        assert waited_s <= budget_ms / 1000 * OTHERS_SHARE + 1e-9
        for other in done.others:
            lines = other.text.splitlines()
            assert any(block.splitlines()[: len(lines)] == lines for block in blocks[1:])
            assert other.text in blocks or other.stop == "deadline"
        seen.append([other.stop for other in done.others])
    assert seen[0] == []
    assert ["deadline", "deadline"] in seen
    assert seen[-1] == ["block", "block"]


def test_a_closed_document_gives_its_answer_up() -> None:
    core = wavering_core()
    core.submit(explicit(1, MENU))
    for _ in range(5):
        assert core.step() == []
    (event,) = run(core, Forget("a"))
    assert isinstance(event, Completed)
    assert event.stop == "cancelled"
    assert words(ask(core, explicit(2, MENU))) == ["alpha", "beta", "gamma"]


def model_of(core: Core) -> WaveringModel:
    assert isinstance(core._bench.model, WaveringModel)
    return core._bench.model


def cached(core: Core) -> list[tuple[str | None, list[int], int]]:
    return [(each.document, list(each.ids), each.prompted) for each in core._pool._sequences]
