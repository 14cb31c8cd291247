"""The share of suggestions that break the parse, told from reports that are written here."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import pytest
from quality import parse
from quality.parse import Shown, judge

from lsp.syntax.check import Hole

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize(
    ("language", "marked", "true", "text", "verdict"),
    [
        ("python", "x = |\n", "1", "2", "parses"),
        ("python", "x = |\n", "1", "f(a))", "breaks"),
        ("python", "x = f(|)\n", "1", "g(", "breaks"),
        ("typescript", "|\nrun();\n", "go();", "if (x) {", "open"),
        ("typescript", "const x = |\n", "1;", "'abc", "breaks"),
        ("gleam", "x = |\n", "1", "))", "unknown"),
    ],
)
def test_a_suggestion_is_judged_by_what_stands_there(
    language: str, marked: str, true: str, text: str, verdict: str
) -> None:
    before, _, after = marked.partition("|")
    assert judge(Shown(language, Hole(before, after), true, text)) == verdict


def test_a_file_that_never_parsed_is_not_the_suggestion_s_fault() -> None:
    assert judge(Shown("python", Hole("y = )\nx = ", "\n"), "1", "2")) == "parses"


def test_a_report_of_something_else_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    report = tmp_path / "report.json"
    report.write_bytes(msgspec.json.encode({"variants": [{"name": "full"}]}))
    monkeypatch.setattr("sys.argv", ["parse.py", str(report)])
    assert parse.main() == 2
    assert "give it a report" in capsys.readouterr().err
