"""Each golden case, shown by the server's own path, and that there are enough of them that say something."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest
from support.golden import CURSOR, FOLDER, FOLDERS, Case, cases, outcome, parse, write

from lsp.context.window import Window
from lsp.cutting import UNPARSED
from lsp.present.rules import rules_at

CASES = list(cases())
LEAST = 150
LEAST_SAID = 100
LEAST_OF_A_RULE = 5
LANGUAGES = {
    "python", "typescript", "javascript", "rust", "go", "c", "java", "shellscript", "html", "yaml", "lua",
}  # fmt: skip


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_what_is_shown(case: Case) -> None:
    assert outcome(case).shown.replace("\r\n", "\n") == case.shown


@pytest.mark.parametrize("case", [case for case in CASES if case.shown != case.draft.said], ids=lambda case: case.name)
def test_without_its_rule_a_case_comes_out_in_another_way(case: Case) -> None:
    there, gone = outcome(case), outcome(case, without=case.rule)
    assert case.rule in there.rules
    assert gone.shown != there.shown


@pytest.mark.parametrize("case", [case for case in CASES if case.newline == "\r\n"], ids=lambda case: case.name)
def test_with_windows_line_endings_it_has_those(case: Case) -> None:
    assert outcome(case).shown.count("\n") == outcome(case).shown.count("\r\n")


def test_each_rule_has_a_folder_and_each_folder_enough_cases() -> None:
    named = {rule.reason for prefix in ("x = ", 'x = "') for rule in rules_at(Window(prefix, '"'), "line", "python")}
    named |= {rule.reason for rule in rules_at(Window("x = ", ""), "line", "python")}
    assert set(FOLDERS) == named | {UNPARSED}
    count = Counter(case.rule for case in CASES)
    assert min(count[rule] for rule in FOLDERS) >= LEAST_OF_A_RULE
    assert {path.name for path in FOLDER.iterdir()} == set(FOLDERS.values())
    assert all(case.name.startswith(f"{FOLDERS[case.rule]}/") for case in CASES)


def test_there_are_enough_and_most_were_said_by_real_models() -> None:
    assert len(CASES) >= LEAST
    assert sum(case.draft.source.startswith("said by ") for case in CASES) >= LEAST_SAID
    assert {case.draft.language for case in CASES} >= LANGUAGES
    assert all(case.draft.source == "written" or case.draft.source.startswith("said by ") for case in CASES)


def test_some_are_shown_whole_some_cut_some_hidden() -> None:
    assert any(case.shown == case.draft.said for case in CASES)
    assert any(case.shown and case.shown != case.draft.said for case in CASES)
    assert any(not case.shown for case in CASES)


def test_a_case_reads_as_it_was_written() -> None:
    for case in CASES:
        assert parse(case.name, write(case)) == case


@pytest.mark.parametrize(
    "broken",
    ["no sections\n", f"language: c\n---\n{CURSOR}\n--- model\nx\n", "a: b\n---\nx\n--- model\ny\n--- shown\nz\n"],
)
def test_a_file_in_another_format_is_named(broken: str) -> None:
    with pytest.raises(ValueError, match="here/it"):
        parse(str(Path("here") / "it").replace("\\", "/"), broken)
