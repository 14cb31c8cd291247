from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from msgspec.structs import replace
from support.repetitive import SOURCE

from lsp.errors import EngineFailed
from lsp.eval.asking import ask_timed, ask_unhurried
from lsp.eval.cut import Case, choose, cut
from lsp.eval.desk import desk
from lsp.eval.ledger import Ledger
from lsp.eval.score import Outcome, judge
from lsp.eval.sources import Source, place_of
from lsp.eval.typed import type_all
from lsp.eval.variant import ablations, variant
from lsp.headless import Document, Editor

if TYPE_CHECKING:
    from pathlib import PurePath

    from lsp.explanation import Explanation

NULL = ["--device", "null"]
THINGS = [
    Source("@my/things", "src/things.py", "python", SOURCE * 2),
    Source("@my/things", "src/others.py", "python", "def other() -> None:\n    pass\n"),
]
ELSEWHERE = [Source("else", "src/things.py", "python", SOURCE)]
CASES = choose(list(cut(THINGS[:1])), 5)
WAYS = [variant("bare", {}, unhurried=True), variant("tandem", {}, unhurried=True)]
WAYS += ablations({}, unhurried=True)


@dataclass
class Heard:
    """Remembers how far it is."""

    titles: list[str] = field(default_factory=list)
    steps: int = 0

    def begin(self, title: str, total: int) -> None:
        self.titles.append(f"{title} {total}")

    def step(self) -> None:
        self.steps += 1

    def starting(self, _: object) -> None:
        pass


@pytest.fixture(autouse=True)
def _nobody_lingers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("lsp.eval.asking.READ_S", 0.0)
    monkeypatch.setattr("lsp.eval.asking.GATHER_S", 0.0)
    monkeypatch.setattr("lsp.eval.desk.GLANCE_S", 0.0)


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> list[tuple[Path, str, str]]:
    """What was opened: where, what lay there on the disk then, and what the server was told."""
    found: list[tuple[Path, str, str]] = []
    plain = Editor.open

    def see(editor: Editor, path: PurePath, text: str) -> Document:
        found.append((Path(path), Path(path).read_text("utf-8"), text))
        return plain(editor, path, text)

    monkeypatch.setattr(Editor, "open", see)
    return found


@pytest.mark.parametrize("unhurried", [True, False])
async def test_nobody_is_told_what_stood_in_the_hole(unhurried: bool, opened: list[tuple[Path, str, str]]) -> None:
    way, heard, ledger = variant("filtered", {}, unhurried=unhurried), Heard(), Ledger()
    ask = ask_unhurried if unhurried else ask_timed
    with desk([THINGS, ELSEWHERE], visited=2) as at:
        where = await ask(NULL, [way], CASES, at, ledger=ledger, watch=heard)
        assert all(place_of(at.root, each).read_text("utf-8") == each.text for each in THINGS)
        assert [folder.name for folder in at.folders] == ["@my-things", "else"]
        other, *_ = at.folders
    assert where == ("null", "null", 2)
    assert heard.steps == len(CASES)
    outcomes = [ledger.outcome(where, way.settings, case.digest) for case in CASES]
    assert [outcome.case for outcome in outcomes if outcome] == [case.name for case in CASES]
    assert all(path.is_relative_to(other) for path, _, _ in opened)  # nothing of another package
    assert [path.name for path, _, _ in opened] == ["others.py", "things.py"] * len(CASES)
    for case, (_, on_disk, text) in zip(CASES, opened[1::2], strict=True):
        assert on_disk == case.before + case.after
        assert text == (on_disk if unhurried else case.before[:-1] + case.after)


async def test_one_server_asked_in_turn_says_what_a_server_for_each_way_does() -> None:
    together, apart = Ledger(), Ledger()
    with desk([THINGS], visited=1) as at:
        where = await ask_unhurried(NULL, WAYS, CASES, at, ledger=together, watch=Heard())
        for way in WAYS:
            await ask_unhurried(NULL, [way], CASES, at, ledger=apart, watch=Heard())
    for way in WAYS:
        for case in CASES:
            one, other = (ledger.outcome(where, way.settings, case.digest) for ledger in (together, apart))
            assert one is not None
            assert other is not None
            assert (one.text, one.said, one.rules, one.read) == (other.text, other.said, other.rules, other.read)
    read = {way.name: together.outcome(where, way.settings, CASES[-1].digest) for way in WAYS}
    assert read["no suffix"] is not None
    assert read["tandem"] is not None
    assert read["no suffix"].read["after the cursor"] < read["tandem"].read["after the cursor"]


async def test_what_was_asked_is_not_asked_again(tmp_path: Path, opened: list[tuple[Path, str, str]]) -> None:
    path = tmp_path / "kept.jsonl"
    with desk([THINGS], visited=0) as at:
        await ask_unhurried(NULL, WAYS[:1], CASES[:2], at, ledger=Ledger(path), watch=Heard())
        assert len(opened) == 2
        where = await ask_unhurried(NULL, WAYS[:1], CASES[:3], at, ledger=Ledger(path), watch=Heard())
        assert len(opened) == 3
        timed = variant("tandem", {}, unhurried=False)
        ledger = Ledger(path)
        for _ in range(2):
            stretches = await type_all(NULL, timed, THINGS[:1], at, keys=20, where=where, ledger=ledger, watch=Heard())
        assert len(opened) == 4
        assert place_of(at.root, THINGS[0]).read_text("utf-8") == THINGS[0].text
    _, on_disk, text = opened[-1]
    assert on_disk == text  # what is to be typed is nowhere to be read
    assert len(text) < len(THINGS[0].text)
    assert len(path.read_text("utf-8").splitlines()) == 4
    assert stretches == [ledger.stretch(where, timed.settings, stretches[0].digest)]
    assert stretches[0].retained == stretches[0].accepted


async def test_what_the_longest_deadline_cut_short_is_asked_for_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    judged: list[str] = []

    def cut_twice(case: Case, text: str, *, ms: float, told: Explanation | None = None) -> Outcome:
        outcome = judge(case, text, ms=ms, told=told)
        judged.append(outcome.stop)
        return replace(outcome, stop="deadline") if len(judged) % 3 else outcome

    monkeypatch.setattr("lsp.eval.asking.judge", cut_twice)
    monkeypatch.setattr("lsp.eval.asking.AGAIN_S", 0.0)
    ledger = Ledger()
    with desk([THINGS], visited=0) as at:
        where = await ask_unhurried(NULL, WAYS[:1], CASES[:2], at, ledger=ledger, watch=Heard())
        assert len(judged) == 6
        found = [ledger.outcome(where, WAYS[0].settings, case.digest) for case in CASES[:2]]
        assert [outcome.stop for outcome in found if outcome] == judged[2::3]
        monkeypatch.setattr("lsp.eval.asking.MOST_TIMES", 1)
        judged.clear()
        with pytest.raises(EngineFailed, match="--keep"):
            await ask_unhurried(NULL, WAYS[1:2], CASES[:1], at, ledger=ledger, watch=Heard())
