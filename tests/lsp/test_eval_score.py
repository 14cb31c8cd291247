from __future__ import annotations

import pytest
from msgspec.structs import replace

from lsp.errors import BadInput
from lsp.eval.cut import Case, Kind
from lsp.eval.intervals import NOTHING, mcnemar, mean, ratio, ratios_apart, share
from lsp.eval.report import figures, measured
from lsp.eval.rules import Rule, rules_of
from lsp.eval.score import Outcome, judge
from lsp.eval.sources import Source
from lsp.eval.stretch import Stretch, sum_up
from lsp.eval.variant import ablations, parts, variant
from lsp.replay.clock import UNHURRIED
from lsp.settings import resolve


def outcome(text: str, hole: str, kind: Kind = "whole_line") -> Outcome:
    case = Case(kind, Source("p", "a.py", "python", f"x\n{hole}\n"), 2, 2 + len(hole))
    return replace(judge(case, text, ms=1.0), reason="" if text else "silent")


@pytest.mark.parametrize(
    ("kind", "text", "exact"),
    [
        ("whole_line", "a = 1", True),
        ("whole_line", "a = 1  ", True),
        ("whole_line", "a = 1\nb = 2", True),  # one line of it can be taken
        ("whole_line", "a = 12", False),
        ("whole_line", " a = 1", False),
        ("whole_line", "", False),
        ("block", "a = 1", True),
        ("block", "a = 1\nb = 2", False),
    ],
)
def test_nothing_but_the_very_text_is_right(kind: Kind, text: str, exact: bool) -> None:
    assert outcome(text, "a = 1", kind).exact is exact
    assert outcome(text, "a = 1", kind).shown is bool(text)


@pytest.mark.parametrize(
    ("hits", "cases", "low", "high"),
    [(0, 10, 0.0, 0.2775), (5, 10, 0.2366, 0.7634), (81, 263, 0.2553, 0.3662), (10, 10, 0.7225, 1.0)],
)
def test_a_share_has_wilsons_interval(hits: int, cases: int, low: float, high: float) -> None:
    # The third is from R. G. Newcombe, Two-sided confidence intervals for the single proportion (1998), table I.
    found = share(hits, cases)
    assert found.value == round(hits / cases, 4)
    assert found.low == pytest.approx(low, abs=1e-4)
    assert found.high == pytest.approx(high, abs=1e-4)


def test_an_interval_of_a_mean_holds_it_is_the_same_each_time_and_shrinks_with_more_cases() -> None:
    few, many = mean([0.0, 1.0] * 10), mean([0.0, 1.0] * 1000)
    assert few == mean([0.0, 1.0] * 10)
    assert few.value == many.value == 0.5
    for found in (few, many):
        assert found.low is not None
        assert found.high is not None
        assert found.low < 0.5 < found.high
    # The standard error of 20 throws of a coin is 0.112.
    assert few.low == pytest.approx(0.5 - 1.96 * 0.112, abs=0.04)
    assert many.low == pytest.approx(0.5 - 1.96 * 0.0112, abs=0.004)
    assert ratio([1, 3], [2, 2]).value == 1.0
    assert mean([]) == ratio([0], [0]) == share(0, 0) == NOTHING


def test_a_beginning_of_what_stood_there_is_right_and_not_exact() -> None:
    found = [outcome(text, "one(two)") for text in ("one(two)", "one(", "one(three)", "one(two)\nfour", "")]
    assert not outcome("\n    return", "one(two)").right
    assert [(each.exact, each.right) for each in found] == [
        (True, True),
        (False, True),
        (False, False),
        (True, True),
        (False, False),
    ]
    told = figures(found)
    assert (told.exact.value, told.right.value, told.wrong_and_shown.value) == (0.4, 0.75, 0.2)


def test_figures_count_silence_as_a_miss_and_compare_case_by_case() -> None:
    said = [outcome("a = 1", "a = 1"), outcome("", "bb = 2"), outcome("x", "ccc = 3", "block")]
    bare = [outcome("y", "a = 1"), outcome("z", "ccc = 3", "block")]
    named = [replace(each, digest=str(at)) for at, each in enumerate(said)]
    before = [replace(each, digest=at) for each, at in zip(bare, "02", strict=True)]
    found = figures(named, before)
    assert (found.n, found.exact.value, found.shown.value) == (3, 0.3333, 0.6667)
    assert (found.right.value, found.wrong_and_shown.value) == (0.5, 0.3333)
    assert found.over_bare.value == 0.5  # of the two that the bare model was asked for
    assert found.times_bare == NOTHING  # which got none of them right
    assert figures(named[:1] * 2, named[:1]).times_bare.value == 1.0
    assert found.silences == {"silent": 1}
    way = variant("tandem", {}, unhurried=False)
    by = measured(way, named, before)
    assert {kind: each.n for kind, each in by.kinds.items()} == {"whole_line": 2, "block": 1}
    assert {name: each.n for name, each in by.cells.items()} == {"python/whole_line": 2, "python/block": 1}
    assert sum(each.n for each in by.languages.values()) == by.all.n == 3


def test_ways_differ_by_settings_and_changes_leave_the_bare_model_alone() -> None:
    changes: dict[str, object] = {"suffixCharacters": 0}
    assert variant("bare", changes, unhurried=False).settings == {"filters": False, "eagerness": "everything"}
    assert variant("tandem", changes, unhurried=True).settings == UNHURRIED | changes
    with pytest.raises(BadInput, match="no setting"):
        variant("bare", {"sufix": 0}, unhurried=False)
    with pytest.raises(BadInput, match="eagerness"):
        variant("bare", {"eagerness": "loud"}, unhurried=False)
    with pytest.raises(BadInput, match="--model"):
        variant("tandem", {"model": "another"}, unhurried=False)


def test_whatever_is_left_out_is_settings_that_there_are_and_changes_something() -> None:
    changes: dict[str, object] = {"lineTokens": 7}
    base = variant("informed", changes, unhurried=True).settings
    found = ablations(changes, unhurried=True)
    assert len({way.name for way in found}) == len(found)
    for way in found:
        assert way.settings != base
        assert way.settings["lineTokens"] == 7
        assert resolve(way.settings).problems == ()
    assert {part.name for part in parts().parts} <= {way.name.removeprefix("without ") for way in found}


def test_rules_are_worth_what_they_make_right_less_what_they_spoil() -> None:
    mended = replace(outcome("a = 1", "a = 1"), said="a = 1)", rules=("brackets", "space"))
    spoilt = replace(outcome("a =", "a = 1"), said="a = 1", rules=("brackets",))
    assert rules_of([mended, spoilt, outcome("a = 1", "a = 1")]) == [
        Rule(name="brackets", n=2, right=1, right_as_said=1),
        Rule(name="space", n=1, right=1, right_as_said=0),
    ]


@pytest.mark.parametrize(("gained", "lost", "chance"), [(0, 0, 1.0), (1, 0, 1.0), (5, 0, 0.0625), (8, 2, 0.1094)])
def test_a_change_is_judged_by_the_binomial_distribution(gained: int, lost: int, chance: float) -> None:
    assert mcnemar(gained, lost) == mcnemar(lost, gained) == chance


def test_ratios_of_the_same_cases_are_apart_by_less_than_their_intervals_alone_say() -> None:
    wholes = [10.0] * 40
    parts_of = [float(each % 8) for each in range(40)]
    found = ratios_apart(([each + 1 for each in parts_of], wholes), (parts_of, wholes))
    assert (found.value, found.low, found.high) == (0.1, 0.1, 0.1)
    assert ratios_apart(([1.0], [0.0]), ([1.0], [2.0])) == NOTHING


def test_typed_files_are_put_together_by_what_they_hold() -> None:
    one = Stretch(
        file="a", digest="a", requests=10, characters=100, accepted_characters=50, shown=4, right=3, accepted=2,
        takes=2,
        retained=1, leaked=("<|x|>",),
    )  # fmt: skip
    two = Stretch(
        file="b", digest="b", requests=30, characters=300, accepted_characters=50, shown=4, right=1, accepted=1,
        takes=1,
        retained=1,
    )  # fmt: skip
    found = sum_up([one, two], [replace(one, accepted_characters=10), replace(two, digest="other")])
    assert (found.keystrokes_saved.value, found.shown.value) == (0.25, 0.2)
    assert (found.accepted.value, found.wrong.value) == (0.375, 0.5)
    assert (found.retained.value, found.leaked) == (0.6667, 1)
    assert found.over_bare.value == 0.4  # of the file that was typed with both
    assert sum_up([one]).over_bare == NOTHING
