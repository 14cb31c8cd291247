from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from msgspec.structs import replace

from lsp.errors import BadInput
from lsp.eval.cut import Case
from lsp.eval.evaluation import Ways, recall
from lsp.eval.ledger import Circumstances, Ledger
from lsp.eval.markdown import page
from lsp.eval.score import Outcome, judge
from lsp.eval.sources import Source
from lsp.eval.stretch import Stretch
from lsp.eval.variant import Name, ablations, variant

if TYPE_CHECKING:
    from pathlib import Path

HERE = Circumstances("m", "cpu", 2)
STRETCH = Stretch(
    file="a",
    digest="s",
    requests=4,
    characters=100,
    accepted_characters=30,
    shown=3,
    right=2,
    accepted=1,
    takes=1,
    retained=1,
)


def outcome(line: int, text: str) -> Outcome:
    case = Case("whole_line", Source("p", "a.py", "python", "x\n" * line + "a = 1\n"), 2 * line, 2 * line + 5)
    return judge(case, text, ms=float(line))


def test_what_was_kept_is_there_again_and_found_by_what_it_depends_on(tmp_path: Path) -> None:
    path, found = tmp_path / "kept.jsonl", outcome(1, "a = 1")
    ledger = Ledger(path)
    ledger.add(HERE, {"b": 1, "a": {"x": True}}, found)
    ledger.add(HERE, {}, STRETCH)
    for each in (ledger, Ledger(path)):
        assert each.outcome(HERE, {"a": {"x": True}, "b": 1}, found.digest) == found
        assert each.stretch(HERE, {}, "s") == STRETCH
        assert each.outcome(HERE, {}, "s") is None
        assert each.outcome(HERE, {"a": 1}, found.digest) is None
        for other in (HERE._replace(model="n"), HERE._replace(device="gpu"), HERE._replace(visited=0)):
            assert each.outcome(other, {"a": {"x": True}, "b": 1}, found.digest) is None
        assert each.circumstances() == [HERE]


def test_a_line_that_an_interruption_cut_off_is_dropped_and_written_anew(tmp_path: Path) -> None:
    path, found = tmp_path / "kept.jsonl", outcome(1, "é")
    for _ in range(2):
        Ledger(path).add(HERE, {}, found)
    whole = path.read_bytes()
    line = len(whole) // 2
    for cut in (line + 1, line + 20, len(whole) - 1):
        path.write_bytes(whole[:cut])
        ledger = Ledger(path)
        assert path.read_bytes() == whole[:line]
        assert ledger.outcome(HERE, {}, found.digest) == found


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("{}\n", "line 1"),
        ('{"model": 3}\nx\n', "line 1"),
        ("notes", "does not end with"),
        ("\0\xff\n", "line 1"),
    ],
)
def test_a_file_of_somebody_else_is_a_sentence_and_stays_as_it_is(tmp_path: Path, text: str, complaint: str) -> None:
    path = tmp_path / "kept.jsonl"
    path.write_text(text, "latin-1")
    with pytest.raises(BadInput, match=complaint):
        Ledger(path)
    assert path.read_text("latin-1") == text


def test_a_folder_that_is_not_there_or_stands_in_the_place_of_the_file_is_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="make it first"):
        Ledger(tmp_path / "no" / "kept.jsonl")
    with pytest.raises(BadInput, match="cannot be read"):
        Ledger(tmp_path)


def test_a_page_compares_the_cases_that_were_asked_for_in_every_way() -> None:
    ledger = Ledger()
    names: tuple[Name, ...] = ("bare", "informed", "tandem")
    ways = Ways(
        [variant(name, {}, unhurried=True) for name in names],
        [way for way in ablations({}, unhurried=True) if way.name == "no suffix"],
    )
    texts = {"bare": "x", "informed": "a = 1", "tandem": "a = 1", "no suffix": "y<|fim_middle|>"}
    for way in ways.all:
        for line in range(1, 5):
            ledger.add(HERE, way.settings, outcome(line, texts[way.name]))
        if way.name == "tandem":
            ledger.add(HERE, way.settings, STRETCH)
    ledger.add(HERE, ways.variants[0].settings, outcome(9, "a = 1"))  # asked for in one way alone
    found = recall(ledger, HERE, ways, deadlines=False)
    assert found is not None
    assert [(way.name, way.all.n, way.all.exact.value) for way in found.variants] == [
        ("bare", 4, 0.0),
        ("informed", 4, 1.0),
        ("tandem", 4, 1.0),
    ]
    (beside,) = found.contrasts
    assert (beside.n, beside.exact.value, beside.gained, beside.lost) == (4, -1.0, 0, 4)
    assert beside.chance == 0.125  # four throws of a coin on one side, either
    text = page([found, replace(found, deadlines=True)])
    assert "| all | 4 | 0 % [0..49] | 100 % [51..100] | 100 % [51..100] |" in text
    assert "| no suffix | 4 | -100 % [-100..-100] | 0, 4 | 0.12 |" in text
    assert "| tandem | 1 | 30 % [30..30] |" in text
    assert "without a deadline" in text
    assert "answers by the deadline" in text
    assert "Special tokens shown as text: 0, in 15 suggestions." in text
    assert "times bare's" not in text  # which was never right
    assert recall(ledger, HERE._replace(model="other"), ways, deadlines=False) is None
