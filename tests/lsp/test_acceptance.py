"""What a suggestion's probability is made from, and the knob that goes by it."""

from __future__ import annotations

import math
from itertools import pairwise
from typing import TYPE_CHECKING, get_args

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.editing import PATIENT, Editor, saying
from support.scripted import ScriptedEngine, completed

from engine.messages import Alternative, Completed, Shape
from lsp.acceptance.beginnings import beginnings
from lsp.acceptance.features import LEAST_LOG, NAMES, Features, Place, features_of
from lsp.acceptance.model import OTHER, Card, Term, Weights, card
from lsp.context.window import Window
from lsp.document import Change, Position
from lsp.plan import Request
from lsp.present.rules import present
from lsp.settings import Eagerness, Settings, resolve

if TYPE_CHECKING:
    from lsp.explanation import Candidate

SURE = Features(**dict.fromkeys(NAMES, 0.0))
LEVEL = Weights(0.0, {name: Term(0.0, 0.0, 1.0) for name in NAMES})


def features(
    text: str,
    before: str = "",
    after: str = "",
    *,
    shape: Shape = "line",
    language: str = "python",
    logs: tuple[float, ...] = (-0.1, -0.3),
) -> Features:
    around = Window(before, after)
    said = msgspec.structs.replace(completed(text), log_probabilities=logs)
    left = present(text, around, shape, language).text
    return features_of(said, next(beginnings(said, left)), Place(around, shape, language), cut=left != text)


def answer(text: str, *tokens: tuple[int, float]) -> Completed:
    """Say a text in tokens: up to which character, and how likely, each."""
    ends, logs = zip(*tokens, strict=True)
    return msgspec.structs.replace(completed(text), token_ends=ends, log_probabilities=logs)


def test_logarithms_are_those_of_the_tokens() -> None:
    found = features("ab\ncd", shape="block", logs=(-0.1, -0.3, -0.2))
    assert (found.mean_log, found.least_log) == pytest.approx((-0.2, -0.3))
    assert (found.first_log, found.last_log) == (-0.1, -0.2)
    assert (found.sum_log, found.whole) == pytest.approx((-0.6, math.exp(-0.6)))
    assert found.lines == pytest.approx(math.log(2))
    assert features("x", logs=(-math.inf,)).sum_log == LEAST_LOG


def test_beginnings_end_with_words_brackets_and_lines() -> None:
    said = answer("price(cart) + tax\n    return", (2, -1.0), (6, -2.0), (10, -3.0), (13, -4.0), (17, -5.0), (28, -6.0))
    found = [(each.text, each.logs, each.is_all) for each in beginnings(said, "price(cart) + tax\n    re")]
    assert found == [
        ("price(cart) + tax\n    re", (-1.0, -2.0, -3.0, -4.0, -5.0, -6.0), True),
        ("price(cart) + tax", (-1.0, -2.0, -3.0, -4.0, -5.0), False),
        ("price(cart", (-1.0, -2.0, -3.0), False),
        ("price(", (-1.0, -2.0), False),
    ]
    assert [each.text for each in beginnings(said, said.text, whole=True)] == [said.text]


@given(text=st.text("ab (.)\n", min_size=1), ends=st.sets(st.integers(1, 20)))
def test_each_beginning_is_shorter_than_the_one_before(text: str, ends: set[int]) -> None:
    places = sorted(end for end in ends if end <= len(text))
    said = answer(text, *((end, -1.0) for end in places)) if places else completed(text)
    found = [each.text for each in beginnings(said, text)]
    assert found[0] == text
    assert all(before.startswith(each) and len(each) < len(before) for before, each in pairwise(found))


def test_where_no_logarithms_were_told_their_mean_stands_for_them() -> None:
    assert features("x", logs=()).mean_log == pytest.approx(math.log(0.9))


@pytest.mark.parametrize(
    ("before", "after", "shape", "kinds"),
    [
        ("x = ", "", "line", "000"),
        ("x = ma", "", "line", "100"),
        ("    ", "\ny = 1", "line", "010"),
        ("def f():\n    ", "", "block", "001"),
        ("x = ", " + y", "line", "000"),
    ],
)
def test_a_place_is_of_one_kind(before: str, after: str, shape: Shape, kinds: str) -> None:
    found = features("zzz", before, after, shape=shape)
    assert [found.word, found.line, found.block] == [float(each) for each in kinds]


def test_names_that_stand_nowhere_in_sight_are_strange_and_begun_ones_are_read_whole() -> None:
    assert features("total, other)", "total = 1\nprint(").strange_names == 0.5
    assert features("tal", "total = 1\nprint(to").strange_names == 0.0
    assert features("+ 1", "x = 2 ").strange_names == 0.0


def test_what_is_told_of_the_text_itself() -> None:
    assert features("f(a, [b])", "x = ").unbalanced == 0
    assert features("f(a, (", "x = ").unbalanced == 2
    assert features(") + 1", "f(a").unbalanced == 0
    assert features("[]", "x = ").wordless == 1
    assert features("count)", "f(", ")").cut == 1
    assert features("count", "f(", ")").cut == 0
    assert features("price * count", "a = price * count\nb = ").seen == 1
    assert features("a = 1", "a = 1\n").like_above == 1
    assert features("x", language="typescriptreact").typescript == 1
    assert features("x", language="fortran").python == 0


@given(
    text=st.text(min_size=1),
    before=st.text(),
    after=st.text(),
    shape=st.sampled_from(get_args(Shape)),
    logs=st.lists(st.floats(-1e3, 0), max_size=5),
)
def test_whatever_is_said_has_finite_features_and_a_probability(
    text: str, before: str, after: str, shape: Shape, logs: list[float]
) -> None:
    around = Window(before, after)
    presented = present(text, around, shape)
    if presented.text:
        said = msgspec.structs.replace(completed(text), log_probabilities=tuple(logs))
        for beginning in beginnings(said, presented.text):
            found = features_of(said, beginning, Place(around, shape, "rust"), cut=False)
            assert all(math.isfinite(each) for each in msgspec.structs.astuple(found))
            assert 0 < card().weights_for("m").probability(found) < 1


def test_the_probability_is_a_logistic_function_of_a_sum() -> None:
    weights = msgspec.structs.replace(LEVEL, intercept=0.5, terms=LEVEL.terms | {"mean_log": Term(2.0, -1.0, 0.5)})
    assert LEVEL.probability(SURE) == 0.5
    assert weights.probability(SURE) == pytest.approx(1 / (1 + math.exp(-(0.5 + 2.0 * (0.0 + 1.0) / 0.5))))


def test_the_card_has_a_weight_for_each_feature_and_a_bound_for_each_point_of_the_knob() -> None:
    told = card()
    assert {OTHER} < set(told.weights) <= {"qwen2.5-coder-0.5b", "smollm2-135m", OTHER}
    for weights in told.weights.values():
        assert tuple(weights.terms) == NAMES
        assert all(term.scale > 0 for term in weights.terms.values())
    assert set(told.shown_from) == {"quiet", "balanced", "eager"}
    bounds = [told.least(each) for each in ("everything", "eager", "balanced", "quiet", "nothing")]
    assert bounds == sorted(set(bounds))
    assert (bounds[0], bounds[-1] > 1) == (0.0, True)


def test_each_setting_is_one_point_of_the_knob_and_all_differ() -> None:
    bounds = {name: card().least(resolve({"eagerness": name}).settings.eagerness) for name in get_args(Eagerness)}
    assert len(set(bounds.values())) == len(bounds) == 5
    assert Settings().eagerness == "balanced"


def test_a_model_has_its_own_weights_in_any_precision_and_a_stranger_those_of_all() -> None:
    own, others = msgspec.structs.replace(LEVEL, intercept=1.0), LEVEL
    told = Card({}, {"m": own, OTHER: others})
    assert (told.weights_for("m"), told.weights_for("m-fp16"), told.weights_for("n")) == (own, own, others)


@pytest.fixture
def knob(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make the probability that of the tokens, and "balanced" a half, whatever the card says."""
    by_tokens = msgspec.structs.replace(LEVEL, terms=LEVEL.terms | {"sum_log": Term(1.0, -1.0, 1.0)})
    told = Card({"quiet": 0.7, "balanced": 0.5, "eager": 0.2}, {OTHER: by_tokens})
    for reader in ("cutting", "acceptance.verdict", "explanation"):
        monkeypatch.setattr(f"lsp.{reader}.card", lambda: told)


def says(text: str, sum_log: float, **also: object) -> Completed:
    said = completed(text, **also)  # type: ignore[arg-type]  # by name
    return msgspec.structs.replace(said, log_probabilities=(sum_log,))


@pytest.mark.usefixtures("knob")
@pytest.mark.parametrize(
    ("sum_log", "points"),
    [(-0.1, ["quiet", "balanced", "eager"]), (-0.9, ["balanced", "eager"]), (-2.0, ["eager"]), (-5.0, [])],
)
async def test_the_knob_decides_what_is_shown(sum_log: float, points: list[str]) -> None:
    for eagerness in get_args(Eagerness):
        editor = Editor("x = ", ScriptedEngine(says=says("one", sum_log)))
        editor.session.configure(msgspec.structs.replace(PATIENT, eagerness=eagerness))
        assert bool(await editor.text_for()) is (eagerness in [*points, "everything"]), eagerness
        assert await editor.text_for(explicit=True) == "one"


def balanced(engine: ScriptedEngine, text: str = "x = ") -> Editor:
    editor = Editor(text, engine)
    editor.session.configure(msgspec.structs.replace(PATIENT, eagerness="balanced"))
    return editor


def explained(editor: Editor) -> Candidate:
    told = editor.session.explanation(uri=editor.uri)
    assert told is not None
    return told.candidates[0]


@pytest.mark.usefixtures("knob")
async def test_typing_through_neither_changes_the_probability_nor_makes_it_blink() -> None:
    editor = balanced(ScriptedEngine(says=says("one.two", -0.9)))
    suggestion = await editor.ask()
    for typed in "one.t":
        assert suggestion is not None
        assert suggestion.provenance.probability == pytest.approx(1 / (1 + math.exp(-0.1)))
        editor.type(typed)
        suggestion = await editor.ask()
    assert suggestion is not None
    assert suggestion.text == "wo"
    assert len(editor.engine.asked) == 1


@pytest.mark.usefixtures("knob")
async def test_an_unlikely_one_that_was_asked_for_stays_while_it_is_typed_and_goes_with_another_letter() -> None:
    editor = balanced(ScriptedEngine(says=says("one.two", -3.0)))
    assert await editor.text_for() == ""
    assert await editor.text_for(explicit=True) == "one.two"
    editor.type("one")
    assert await editor.text_for() == ".two"
    editor.type("!")
    assert await editor.text_for() == ""


@pytest.mark.usefixtures("knob")
async def test_typing_into_what_was_hidden_leads_to_a_judgement_of_what_is_left_of_it() -> None:
    said = answer("one.two", (4, -2.0), (7, -0.3))
    editor = balanced(ScriptedEngine(says=said))
    assert await editor.text_for() == ""
    editor.type("one.")
    assert await editor.text_for() == "two"
    assert len(editor.engine.asked) == 1
    assert explained(editor).probability == pytest.approx(1 / (1 + math.exp(-0.7)))


@pytest.mark.usefixtures("knob")
async def test_what_is_judged_is_what_the_parse_check_leaves() -> None:
    editor = balanced(ScriptedEngine(says=says("one()\n    x = = 2", -0.1, stop="block")), "def f():\n    ")
    assert await editor.text_for() == "one()"
    features = explained(editor).features
    assert features is not None
    assert (features.lines, features.cut, features.is_all) == (0.0, 1.0, 1.0)


@pytest.mark.usefixtures("knob")
async def test_of_an_unlikely_text_its_likely_beginning_is_shown_and_grows_with_what_is_typed() -> None:
    editor = balanced(ScriptedEngine(says=answer("one(two, three)", (4, -0.2), (8, -0.9), (15, -0.8))))
    assert await editor.text_for() == "one("
    assert explained(editor).rules == ("what follows is not likely enough to be accepted",)
    editor.type("on")
    assert await editor.text_for() == "e("
    editor.type("e(")
    assert await editor.text_for() == "two,"
    assert len(editor.engine.asked) == 1


@pytest.mark.usefixtures("knob")
async def test_asking_again_at_the_same_place_leaves_what_is_on_screen() -> None:
    editor = balanced(ScriptedEngine(says=says("one", -0.1, stop="deadline")))
    assert await editor.text_for() == "one"
    editor.engine.asked[0].grown(says("one + two", -4.0))
    assert await editor.text_for() == "one"
    editor = balanced(ScriptedEngine(says=says("one.two", -3.0)))
    assert await editor.text_for(explicit=True) == "one.two"
    assert await editor.text_for() == "one.two"
    editor.session.configure(msgspec.structs.replace(PATIENT, eagerness="quiet"))
    assert await editor.text_for() == ""


@pytest.mark.usefixtures("knob")
async def test_what_grew_while_it_was_typed_stays_when_that_is_taken_back() -> None:
    editor = balanced(ScriptedEngine(says=answer("one(two, three)", (4, -0.2), (8, -0.9), (15, -0.8))))
    assert await editor.text_for() == "one("
    editor.type("one(")
    assert await editor.text_for() == "two,"
    editor.backspace()
    assert await editor.text_for() == "(two,"


@pytest.mark.usefixtures("knob")
async def test_another_candidate_stays_while_it_is_typed_and_has_no_probability() -> None:
    said = msgspec.structs.replace(says("min(x) + 1", -0.1), others=(Alternative("max(x) + 1", 3, "line", 0.5),))
    editor = balanced(ScriptedEngine(says=said))
    editor.session.configure(msgspec.structs.replace(editor.session.settings, candidates=2))
    shown = await editor.ask(explicit=True)
    assert shown is not None
    assert [each.text for each in shown.others] == ["max(x) + 1"]
    editor.type("max(")
    assert await editor.text_for() == "x) + 1"
    assert explained(editor).probability is None
    editor.engine.says = completed("")
    editor.session.configure(msgspec.structs.replace(PATIENT, eagerness="eager"))
    assert await editor.text_for() == ""


@pytest.mark.usefixtures("knob")
async def test_closing_brackets_alone_do_not_come_up_where_something_hidden_was_typed() -> None:
    editor = balanced(ScriptedEngine(says=answer("foo(a, [b])))", (9, -4.0), (13, -0.1))), "x = bar(baz(")
    assert await editor.text_for() == ""
    editor.type("foo(a, [b")
    assert await editor.text_for() == ""


@pytest.mark.usefixtures("knob")
async def test_half_a_string_and_half_a_word_are_no_beginnings() -> None:
    tokens = [(6, -0.1), (9, -0.1), (12, -0.1), (15, -0.1), (18, -0.1), (22, -9.0)]
    editor = balanced(ScriptedEngine(says=answer('print("aa bb cc dd ee")', *tokens)))
    assert await editor.text_for() == "print("
    said = answer("don't know", (4, -1.0), (5, -1.0), (10, -1.0))
    assert [each.text for each in beginnings(said, said.text)] == ["don't know", "don't"]


@pytest.mark.usefixtures("knob")
async def test_a_beginning_that_would_keep_the_file_from_parsing_is_left_for_a_shorter_one() -> None:
    said = answer('one("two three", 4)', (3, -0.1), (4, -0.1), (9, -0.1), (14, -3.0), (19, -3.0))
    editor = balanced(ScriptedEngine(says=said))
    assert await editor.text_for() == "one("


@pytest.mark.usefixtures("knob")
async def test_nothing_is_cut_where_other_text_stands_right_of_the_cursor() -> None:
    editor = balanced(ScriptedEngine(says=answer("one(two, three)", (4, -0.2), (15, -5.0))), "x = ")
    editor.session.change(editor.uri, 2, [Change("x =  + y")])
    editor.text = "x =  + y"
    assert await editor.session.suggest(Request(editor.uri, Position(0, 4), explicit=False)) is None


@pytest.mark.usefixtures("knob")
async def test_a_whole_that_comes_after_lines_were_removed_does_no_harm() -> None:
    editor = balanced(ScriptedEngine(says=says("one", -0.1, stop="deadline")), "y = 2\nx = ")
    assert await editor.text_for() == "one"
    editor.text = "x = "
    editor.session.change(editor.uri, 2, [Change(editor.text)])
    editor.engine.asked[0].grown(says("one + two", -4.0))
    assert editor.grown == []
    assert await editor.text_for() == "one"


@pytest.mark.usefixtures("knob")
async def test_what_was_hidden_is_judged_anew_at_the_next_key() -> None:
    editor = balanced(ScriptedEngine(says=says("one.two", -3.0)))
    assert await editor.text_for() == ""
    editor.engine.says = says("ne.two", -0.5)
    editor.type("o")
    assert await editor.text_for() == "ne.two"
    assert len(editor.engine.asked) == 2


@pytest.mark.usefixtures("knob")
async def test_a_likely_beginning_stays_when_all_of_it_is_unlikely() -> None:
    editor = balanced(ScriptedEngine(says=says("one", -0.1, stop="deadline")))
    assert await editor.text_for() == "one"
    editor.engine.asked[0].grown(says("one + two", -4.0))
    assert editor.grown == []
    editor.type("o")
    assert await editor.text_for() == "ne"
    assert await editor.text_for(explicit=True) == "ne + two"
    assert len(editor.engine.asked) == 1


@pytest.mark.usefixtures("knob")
async def test_what_is_hardly_shorter_to_take_than_to_type_comes_only_when_asked_for() -> None:
    editor = balanced(ScriptedEngine(says=says("ab", -0.01)))
    assert await editor.text_for() == ""
    assert editor.last.reason == "it is too short to be worth a look"
    assert await editor.text_for(explicit=True) == "ab"


async def test_what_one_asks_for_has_a_probability_too() -> None:
    editor = Editor("x = ", saying("1"))
    suggestion = await editor.ask(explicit=True)
    assert suggestion is not None
    assert suggestion.provenance.probability is not None
