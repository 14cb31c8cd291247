from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from lsp.cli import main
from lsp.tally.page import Figures, Row
from lsp.tally.store import Store

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def store(tmp_path: Path) -> Store:
    """Two days of two languages."""
    store = Store(str(tmp_path))
    store.add(
        [
            Row(day="2026-03-01", language="rust", kind="line", figures=Figures(shown=10, accepted=5, retained_30_s=3)),
            Row(day="2026-03-02", language="python", kind="rest", figures=Figures(shown=30, accepted=10)),
            Row(day="2026-03-02", language="rust", kind="rest", figures=Figures(shown=2, changed_30_s=1)),
        ]
    )
    return store


def test_the_figures_as_json(store: Store, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["stats", "--json", "--state-dir", str(store.path.parent)]) == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["file"], told["first_day"], told["last_day"]) == (str(store.path), "2026-03-01", "2026-03-02")
    assert (told["total"]["shown"], told["total"]["accepted"]) == (42, 15)
    assert list(told["languages"]) == ["python", "rust"]
    assert told["languages"]["rust"]["shown"] == 12
    assert list(told["kinds"]) == ["rest", "line"]


def test_the_figures_as_a_table(store: Store, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["stats", "--state-dir", str(store.path.parent)]) == 0
    rows = [line.split() for line in capsys.readouterr().out.splitlines()]
    assert ["rust", "12", "5", "42", "%", "75", "%", "4", "-", "0"] in rows
    assert ["whole", "line", "10", "5", "50", "%", "100", "%", "3", "-", "0"] in rows


def test_they_can_be_deleted(store: Store, capsys: pytest.CaptureFixture[str]) -> None:
    for says in ("deleted", "nothing to delete"):
        assert main(["stats", "--delete", "--state-dir", str(store.path.parent)]) == 0
        assert says in capsys.readouterr().out
    assert main(["stats", "--state-dir", str(store.path.parent)]) == 0
    assert capsys.readouterr().out == "Nothing has been counted yet.\n"


def test_a_damaged_file_is_one_sentence_and_can_be_deleted(store: Store, capsys: pytest.CaptureFixture[str]) -> None:
    store.path.write_text("no JSON")
    assert main(["stats", "--state-dir", str(store.path.parent)]) == 1
    assert "is damaged; `tandem stats --delete` makes room" in capsys.readouterr().err
    assert main(["stats", "--delete", "--state-dir", str(store.path.parent)]) == 0


def test_what_contradicts_itself_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit, match="2"):
        main(["stats", "--json", "--delete"])
    assert "not allowed with" in capsys.readouterr().err
