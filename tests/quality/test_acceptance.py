"""What probabilities are fitted with, and that the knob is worked out as it would have been played."""

from __future__ import annotations

import asyncio
import math
from typing import TYPE_CHECKING, cast

import msgspec
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from quality.assessment import card_text, rows_of
from quality.bounds import FORMERLY_SURE, is_enough, sureness
from quality.collecting import chosen, collect
from quality.knob import Chances, play, point
from quality.logistic import Rows, best_ridge, chances, cross_fitted, fit, log_loss
from quality.looks import Choice, Look, Typed, looked_at, walk
from quality.offers import Offer, Stretch, append, read
from quality.reliability import bins, calibration_error, picture
from support.accounts import account

from lsp.acceptance.features import NAMES, Features
from lsp.acceptance.model import OTHER, Card
from lsp.eval.desk import desk
from lsp.eval.sources import Source
from lsp.eval.typed import Judging
from lsp.headless import Answer
from lsp.replay.player import Conduct
from lsp.replay.script import Script, keys_typing
from lsp.replay.typist import type_file, type_text

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from lsp.buffer import Edit
    from lsp.headless import Document
    from lsp.status import Report

GOAL = "alpha = beta(gamma)\nif delta:\n    omega = alpha\n    return omega\n"
KEYS = tuple(type_text(GOAL, 0, "", "    "))
STATES = [""]
for key in KEYS:
    text = STATES[-1]
    for edit in key.edits:
        text = edit.apply(text)
    STATES.append(text)
FLAT = Features(**dict.fromkeys(NAMES, 0.0))


def look(at: int, *texts: str, log: float = -0.1) -> Look:
    """Offer a text, and beginnings of it."""
    where = KEYS, at, len(STATES[at])
    features = msgspec.structs.replace(FLAT, mean_log=log)
    choices = (Choice(text, bool(keys_typing(*where, text)), walk(text, *where), features) for text in texts)
    return Look(at, math.exp(log), tuple(choices))


def typed(looks: Sequence[Look], package: str = "p", path: str = "a.py", visited: int = 2) -> Typed:
    return Typed(package, path, visited, tuple(key.characters for key in KEYS), tuple(looks))


def stretch(offers: Sequence[Offer], path: str = "a.py", visited: int = 2) -> Stretch:
    return Stretch(
        model="m",
        package="p",
        path=path,
        digest=path,
        language="python",
        characters=tuple(key.characters for key in KEYS),
        offers=tuple(offers),
        visited=visited,
    )


def some_files(count: int) -> list[Typed]:
    """Files of two right offers, of which the model was sure, and one wrong one, of which it was less."""
    return [
        typed(
            [
                look(2, "pha = beta(gamma)", log=-0.1 - 0.01 * number),
                look(22, " xyz:", log=-2.0 - 0.1 * number),
                look(40, "ega = alpha"),
            ],
            package=f"p{number % 4}",
            path=f"{number}.py",
        )
        for number in range(count)
    ]


class Served:
    """A document whose server says the same at the same place, and shows what typing leaves of it, or more."""

    def __init__(self, texts: Mapping[int, str]) -> None:
        self.text = ""
        self._texts = texts
        self._rest = ""

    def change(self, edits: Sequence[Edit]) -> None:
        for edit in edits:
            follows = edit.offset == len(self.text) and not edit.deleted and self._rest.startswith(edit.inserted)
            self._rest = self._rest.removeprefix(edit.inserted) if follows else ""
            self.text = edit.apply(self.text)

    def ask(self, cursor: int) -> Asked:
        assert cursor == len(self.text)
        source = "typed-through" if self._rest else "engine"
        said = self._texts.get(STATES.index(self.text), "")
        self._rest = said if said.startswith(self._rest) else self._rest
        answer = Answer(ms=1.0, text=self._rest, provenance=account(source=source))
        return Asked(answer)

    def move(self, cursor: int) -> None:
        pass

    async def accepted(self, answer: Answer) -> None:
        pass


class Asked:
    def __init__(self, answer: Answer) -> None:
        self.answer: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
        self.answer.set_result(answer)


@st.composite
def said_at_places(draw: st.DrawFn) -> dict[int, str]:
    """Texts for some places: what comes next, more or less of it, and now and then something else."""
    texts = {}
    for at in draw(st.sets(st.integers(1, len(KEYS) - 1), max_size=12)):
        rest = GOAL[len(STATES[at]) :]
        text = rest[: draw(st.integers(1, 40))].rstrip("\n") + draw(st.sampled_from(["", "", "?"]))
        if text.strip():
            texts[at] = text
    return texts


@given(texts=said_at_places())
async def test_the_knob_is_worked_out_as_it_would_have_been_played(texts: dict[int, str]) -> None:
    player = Judging(Script("a.py", "", KEYS, GOAL), cast("Document", Served(texts)), Conduct(pace="max"))
    tally = await player.play()
    found = play(typed([look(at, text) for at, text in texts.items()]), lambda each: each.choices[0])
    assert (found.requests, found.characters, found.accepted_characters) == (
        tally.requests,
        tally.characters,
        tally.accepted_characters,
    )
    assert (found.shown, found.right, found.accepted) == (player.shown, player.right, player.accepted)
    assert found.takes == tally.accepts


def test_a_bound_hides_what_is_below_it() -> None:
    files = [typed([look(2, "pha = beta(gamma)"), look(22, " xyz:"), look(21, "f")])] * 2
    told = [{2: (0.9,), 22: (0.1,), 21: (0.9,)}] * 2
    both, right, none = (point(files, told, least) for least in (0.0, 0.5, 0.95))
    assert (both.offered, right.offered, none.offered) == (6, 2, 0)
    assert (both.accepted.value, right.accepted.value, right.wrong.value) == (0.3333, 1.0, 0.0)
    assert right.keystrokes_saved.value == round(17 / sum(key.characters for key in KEYS), 4)
    assert none.keystrokes_saved.value == 0.0


def test_the_longest_beginning_that_is_likely_enough_is_shown() -> None:
    file = typed([look(2, "pha = beta(delta)", "pha = beta(", "pha")])
    told: list[Chances] = [{2: (0.1, 0.6, 0.9)}]
    saved = [point([file], told, least).keystrokes_saved.value for least in (0.05, 0.5, 0.8, 0.95)]
    lengths = [0, len("pha = beta("), len("pha"), 0]
    assert saved == [round(length / sum(key.characters for key in KEYS), 4) for length in lengths]


def drawn(rows: int) -> Rows:
    """Rows of which the truth is known: features of another scale and place each, two of which count."""
    rng = np.random.default_rng(1)
    features = rng.normal(3.0, 2.0, size=(rows, len(NAMES)))
    features[:, 2] = 7.0  # the same in all of them
    z = 1.5 * (features[:, 0] - 3.0) - 0.5 * (features[:, 1] - 3.0) - 0.25
    labels = (rng.random(rows) < 1 / (1 + np.exp(-z))).astype(float)
    return Rows(features, labels, np.arange(rows) // 20, np.arange(rows) // 20 % 5)


def test_the_fit_finds_what_the_labels_were_drawn_from() -> None:
    rows = drawn(6000)
    weights = fit(rows, best_ridge(rows))
    slopes = [term.weight / term.scale for term in weights.terms.values()]
    assert slopes[:3] == pytest.approx([1.5, -0.5, 0.0], abs=0.15)
    assert max(map(abs, slopes[3:])) < 0.1
    found = chances(weights, rows.features)
    assert found[0] == pytest.approx(weights.probability(Features(**dict(zip(NAMES, rows.features[0], strict=True)))))
    assert log_loss(found, rows.labels) < log_loss(np.full(6000, rows.labels.mean()), rows.labels)
    assert calibration_error(bins(found, rows)) < 0.03


def test_a_larger_penalty_makes_smaller_weights_and_labels_of_one_kind_are_refused() -> None:
    rows = drawn(300)
    sizes = [sum(term.weight**2 for term in fit(rows, ridge).terms.values()) for ridge in (0.1, 10.0, 1000.0)]
    assert sizes == sorted(sizes, reverse=True)
    with pytest.raises(ValueError, match="collect more"):
        fit(rows._replace(labels=np.ones(300)), 1.0)


def test_calibration_is_told_by_bins_of_one_size() -> None:
    probabilities = np.repeat([0.2, 0.8], 50)
    rows = Rows(
        np.zeros((100, 0)),
        np.tile([1.0, 0.0, 0.0, 0.0, 0.0], 20),
        np.tile(np.arange(5), 20),
        np.zeros(100, dtype=np.int64),
    )
    low, high = bins(probabilities, rows, 2)
    assert (low.count, low.expected, low.right.value) == (50, 0.2, 0.2)
    assert (high.count, high.expected, high.right.value) == (50, 0.8, 0.2)
    assert (low.right.low, low.right.high) == (0.0, 0.6)  # of five files, one has all that is right
    assert calibration_error([low, high]) == pytest.approx(0.3)
    drawing = picture({"<m>": [low, high]})
    assert "&lt;m&gt;: off by 30.0 points" in drawing
    assert "prefers-color-scheme: dark" in drawing


def test_collecting_can_be_stopped_anywhere_and_goes_on(tmp_path: Path) -> None:
    path = tmp_path / "some" / "offers.jsonl"
    assert read(path) == []
    first, second = stretch([Offer(2, "pha", (-0.1,), (3,), "line")]), stretch([], "b.py")
    append(path, first)
    with path.open("ab") as file:
        file.write(msgspec.json.encode(second)[:20])  # stopped while it was written
    assert read(path) == [first]
    append(path, second)
    assert read(path) == [first, second]


def test_each_text_that_may_be_shown_is_a_row() -> None:
    files = [typed([look(2, "phax", "pha")]), typed([]), typed([look(2, "pha")], path="b.py")]
    files.append(typed([look(2, "p")], "q"))
    rows = rows_of([*files, files[0]])
    assert rows.features.shape == (6, len(NAMES))
    assert rows.labels.tolist() == [0.0, 1.0, 1.0, 1.0, 0.0, 1.0]
    assert (rows.files.tolist(), rows.packages.tolist()) == ([0, 0, 1, 2, 0, 0], [0, 0, 0, 1, 0, 0])


def test_what_is_judged_by_others_weights_is_of_another_package() -> None:
    rows = drawn(300)
    told = cross_fitted(rows, 1.0)
    for package in range(5):
        held = rows.packages == package
        assert told[held] == pytest.approx(chances(fit(rows.where(~held), 1.0), rows.features[held]))
    with pytest.raises(ValueError, match="one package"):
        cross_fitted(rows.where(rows.packages == 0), 1.0)


def test_files_are_drawn_languages_taking_turns_and_fewer_are_the_first_of_more() -> None:
    sources = [
        Source("p", f"{number}.x", language, "x" * 5_000) for number in range(9) for language in ("python", "rust")
    ]
    few, many = chosen(sources, 2), chosen(sources, 5)
    assert few == many[:4]
    assert [each.language for each in few] == ["python", "rust"] * 2
    assert len({each.path for each in many if each.language == "rust"}) == 5
    assert len(chosen([*sources, Source("p", "short", "rust", "x")], 99)) == len(sources)


def test_bounds_go_by_the_amount_shown_as_long_as_there_is_too_little_and_the_card_says_so() -> None:
    files = some_files(10)
    text = card_text({"m": files}, {}, day="2026-01-01")
    assert "\nprovisional = true\n" in text
    assert "PROVISIONAL" in text
    told = msgspec.toml.decode(text, type=Card)
    assert tuple(told.weights[OTHER].terms) == NAMES
    weights = told.weights[OTHER]
    chances_by_file = [
        {each.keys: tuple(weights.probability(choice.features) for choice in each.choices) for each in file.looks}
        for file in files
    ]
    shown = {name: point(files, chances_by_file, least).offered for name, least in told.shown_from.items()}
    formerly = point(files, sureness(files), FORMERLY_SURE).offered
    assert shown["balanced"] == formerly == 20
    assert 0 < shown["quiet"] < shown["balanced"] < shown["eager"]


def test_it_takes_ten_right_and_ten_wrong_ones_for_each_feature_and_a_workspace() -> None:
    enough = some_files(10 * len(NAMES))
    assert is_enough({"m": enough})
    assert not is_enough({"m": enough, "n": enough[:-1]})
    assert not is_enough({"m": enough[:1] * len(enough)})  # the same over and over
    assert not is_enough({"m": [*enough, typed([], visited=0)]})


def test_what_was_collected_is_looked_at_with_the_rules_of_today() -> None:
    source = Source("p", "a.py", "python", "import os\n\n\ndef one(path):\n    return os.stat(path)\n")
    script = type_file(source.path, source.text)
    at = next(count for count, key in enumerate(script.keys, start=1) if key.edits[0].inserted == ".")
    said = Offer(at, "stat(part)\nelse", (-0.1, -0.2, -0.3, -0.4), (5, 8, 10, 15), "line")
    (found,) = looked_at(stretch([said]), source).looks
    assert [(each.text, each.right) for each in found.choices] == [("stat(part)", False), ("stat(", True)]
    assert [(each.features.cut, each.features.sum_log) for each in found.choices] == [
        (1.0, pytest.approx(-0.6)),
        (1.0, -0.1),
    ]


class Looking:
    """Hears how far collecting is."""

    def __init__(self) -> None:
        self.begun: list[tuple[int, int]] = []
        self.done: list[Stretch] = []

    def starting(self, status: Report) -> None:
        pass

    def begin_files(self, done: int, total: int) -> None:
        self.begun.append((done, total))

    def typed(self, stretch: Stretch) -> None:
        self.done.append(stretch)


async def test_files_are_typed_in_a_workspace_and_those_that_are_done_are_left_alone(tmp_path: Path) -> None:
    body = "def total(items):\n    return sum(item.cost for item in items)\n\n\n"
    sources = [Source("p", f"{name}.py", "python", body * 2 + body.replace("total", name)) for name in ("one", "two")]
    path, keys = tmp_path / "offers.jsonl", 12
    watch = Looking()
    append(path, stretch([], "one.py", visited=0))  # without a workspace: it does not count
    with desk([sources], 1) as at:
        arguments = ["--device", "null"]
        await collect(arguments, sources[:1], at, path, keys=keys, watch=watch)
        await collect(arguments, sources, at, path, keys=keys, watch=watch)
        await collect(["--no-such-option"], sources, at, path, keys=keys, watch=watch)
    assert watch.begun == [(0, 1), (1, 2), (2, 2)]
    assert [each.path for each in watch.done] == ["one.py", "two.py"]
    found = read(path)
    assert found == watch.done
    assert {(each.visited, len(each.characters)) for each in found} == {(1, keys)}
    assert all(each.offers for each in found)
