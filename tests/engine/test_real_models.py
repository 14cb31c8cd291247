"""Decoding with the real weights: what it says, and what it need not compute again."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from msgspec.structs import replace
from support.cores import answer, complete, run
from support.places import PLACES, cases
from support.plain import Plain, clashes, same
from support.workers import threads

from engine.core import Core
from engine.difference import Sight
from engine.draft import NO_DRAFT
from engine.messages import Cancel, Completed, Forget, Warm
from engine.tokenizer import Tokenizer
from hardware.registry import open_device

if TYPE_CHECKING:
    from collections.abc import Iterator

    from engine.models.bundle import Bundle

pytestmark = [pytest.mark.model, pytest.mark.slow]

SHOP = """\
class Basket:
    def __init__(self):
        self.prices = []

    def add(self, price):
        self.prices.append(price)

    def total(self):
        result = 0
        for price in self.prices:
            result += price
        return result
"""
ENGINE = Path(__file__).parents[2] / "engine"
RETURN = re.compile(r"^ +return ", re.MULTILINE)
AREA = "def area(width, height):\n    "


def open_core(bundle: Bundle) -> Core:
    model = open_device("cpu", threads()).open(bundle.spec)
    return Core(model, Tokenizer.load(bundle.tokenizer_path), bundle.prompt, context_tokens=512, caches=2)


@pytest.fixture(scope="module")
def qwen(qwen_bundle: Bundle) -> Iterator[Core]:
    core = open_core(qwen_bundle)
    yield core
    core._bench.model.close()


@pytest.fixture(scope="module")
def smollm(smollm_bundle: Bundle) -> Iterator[Core]:
    core = open_core(smollm_bundle)
    yield core
    core._bench.model.close()


@pytest.fixture(params=["qwen", "smollm"])
def core(request: pytest.FixtureRequest) -> Core:
    core = request.getfixturevalue(request.param)
    assert isinstance(core, Core)
    run(core, Forget("a"), Forget("b"))
    return core


@pytest.mark.parametrize(
    ("typed", "rest"),
    [
        (AREA, "return width * height"),
        (AREA + "r", "eturn width * height"),
        (AREA + "retu", "rn width * height"),
        (AREA + "return ", "width * height"),
        (AREA + "return wid", "th * height"),
        (AREA + "return width *", " height"),
    ],
)
def test_a_word_and_indentation_go_on_wherever_the_cursor_stands(core: Core, typed: str, rest: str) -> None:
    done = answer(core, complete(1, typed, "\n\n\nprint(area(2, 3))\n"))
    assert (done.text, done.stop) == (rest, "line")
    assert 0.2 < done.confidence <= 1


def test_more_indentation_than_typed_comes_with_the_suggestion(core: Core) -> None:
    typed = SHOP.rpartition("            result")[0] + "    "
    done = answer(core, complete(1, typed, "\n        return result\n"))
    assert done.text.startswith("        result += price")


def test_a_block_ends_with_its_scope(qwen: Core) -> None:
    typed = SHOP + "\n    def count(self):"
    done = answer(qwen, complete(1, typed, "\n\n\nbasket = Basket()\n", shape="block"))
    assert (done.text, done.stop) == ("\n        return len(self.prices)", "block")


def test_typing_on_computes_only_what_is_new(core: Core) -> None:
    typed = SHOP + "\n    def clear(self):\n        self.pri"
    first = answer(core, complete(1, typed[:-4])).timings
    assert first.cached_tokens == 0
    for end in (-3, -2, -1, None):
        timings = answer(core, complete(2, typed[:end])).timings
        assert timings.cached_tokens >= first.prefilled_tokens
        assert timings.prefilled_tokens <= 3
    assert run(core, Warm(document="a", prefix=typed, suffix="")) == []
    assert answer(core, complete(3, typed)).timings.prefilled_tokens == 0


def test_rewound_caches_give_what_fresh_ones_give(core: Core) -> None:
    places = [SHOP[:end] for end in (60, 200, 120, len(SHOP) - 10, 121)]
    used = [answer(core, complete(1, prefix, SHOP[len(prefix) :])) for prefix in places]
    for prefix, before in zip(places, used, strict=True):
        run(core, Forget("a"))
        fresh = answer(core, complete(2, prefix, SHOP[len(prefix) :]))
        assert fresh.timings.cached_tokens == 0
        assert (fresh.text, fresh.tokens, fresh.stop) == (before.text, before.tokens, before.stop)


def test_cancelling_takes_effect_within_one_step(core: Core) -> None:
    for steps in (0, 1, 6):
        run(core, Forget("a"))
        core.submit(complete(1, SHOP * 2 + "\n    def ", shape="block"))
        assert [event for _ in range(steps) for event in core.step()] == []
        core.submit(Cancel(1))
        (cancelled,) = core.step()
        assert isinstance(cancelled, Completed)
        assert (cancelled.id, cancelled.stop) == (1, "cancelled")
        assert not core.busy


def test_special_tokens_are_neither_read_from_a_document_nor_shown(core: Core) -> None:
    names = list(core._bench.tokenizer._specials)[:8]
    line = "END = " + " + ".join(f"'{name}'" for name in names)
    done = answer(core, complete(1, f"{line}\n{line}\n{line}\nEND =", "\n"))
    assert line.startswith("END =" + done.text)
    assert len(done.text) > len(names[0])


@pytest.mark.parametrize("typed", [AREA, AREA + "retu", AREA + "return wid"])
def test_other_candidates_are_what_plain_decoding_says_behind_another_token(smollm: Core, typed: str) -> None:
    run(smollm, Forget("a"))
    asked = complete(1, typed, "\n\n\nprint(area(2, 3))\n", max_tokens=24)
    alone = answer(smollm, asked)
    done = answer(smollm, replace(asked, candidates=3))
    assert replace(done, others=(), timings=alone.timings) == alone
    assert done.others
    texts = [done.text]
    expected = list(Plain(smollm, asked).branches())
    for other in done.others:
        assert any(same(other, plain) for plain in expected)
        assert not clashes(other.text, texts)
        texts.append(other.text)
    assert answer(smollm, asked).timings.prefilled_tokens == 0


def test_candidates_in_our_own_files_give_a_choice(smollm: Core) -> None:
    offered = []
    for path in sorted(ENGINE.glob("*.py")):
        source = path.read_text("utf-8")
        places = [found.end() for found in RETURN.finditer(source)]
        if len(places) < 3:
            continue
        cursor = places[len(places) // 2]
        prefix, suffix = source[:cursor][-600:], source[source.index("\n", cursor) :][:200]
        run(smollm, Forget("a"))
        done = answer(smollm, replace(complete(1, prefix, suffix, max_tokens=24), candidates=3))
        texts = [text.replace("'", '"') for text in (done.text, *(other.text for other in done.others)) if text]
        for number, text in enumerate(texts):
            assert not clashes(text, texts[:number])
            assert all(Sight(prefix, suffix).differ(text, other) for other in texts[:number])
        offered.append(len(texts))
    assert len(offered) > 5
    assert sum(offered) > 2 * len(offered), offered


@pytest.mark.parametrize(("name", "count"), [("smollm", 130), ("qwen", 25)])
@pytest.mark.timeout(1800)
def test_drafts_change_nothing_but_the_number_of_steps(
    name: str, count: int, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    core = request.getfixturevalue(name)
    assert isinstance(core, Core)
    plain_steps = drafted_steps = tokens = 0
    for place in PLACES.values():
        for number, case in enumerate(cases(place, count)):
            asked = complete(
                1, case.prefix[-600:], case.suffix[:200], max_tokens=16, shape="block" if number % 4 == 0 else "line"
            )
            drafted = answer(core, asked)
            for sequence in core._pool._sequences:
                sequence.continuation = None
            with monkeypatch.context() as patch:
                patch.setattr(core._bench.drafts, "propose", lambda *_: NO_DRAFT)
                plain = answer(core, asked)
            assert (drafted.text, drafted.tokens, drafted.stop) == (plain.text, plain.tokens, plain.stop)
            assert drafted.confidence == plain.confidence
            plain_steps += plain.timings.steps
            drafted_steps += drafted.timings.steps
            tokens += plain.tokens
    print(f"{name}: {tokens} tokens in {plain_steps} steps, with drafts in {drafted_steps}")  # noqa: T201
    assert drafted_steps < plain_steps
