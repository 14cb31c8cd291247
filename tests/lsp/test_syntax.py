"""The parse check: what is true is never hidden, what breaks a file is."""

from __future__ import annotations

import random
import re
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from lsp.context.window import Popup
from lsp.document import Document, Place
from lsp.syntax import check
from lsp.syntax.check import Hole, Syntax, hole_at
from lsp.syntax.grammars import _GRAMMARS, grammar
from lsp.syntax.tails import TAILS
from lsp.syntax.tree import OutOfTime, Parsed

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[2]
LONG_S = 60.0
SUFFIXES = {".py": "python", ".ts": "typescript", ".lua": "lua"}
SOURCES = [*ROOT.glob("lsp/[a-p]*.py"), *ROOT.glob("vscode-client/src/*.ts"), *ROOT.glob("lua/tandem/*.lua")]
PLACES = 2

_edge = re.compile(r"\b|(?<=\W)(?=\S)")
_goes_on = re.compile(r"\s*([)\]}>]|end\b|else|elif|except|finally)")


def whole(language: str, before: str, after: str, text: str) -> str:
    syntax = Syntax(language)
    syntax.read(Hole(before, after))
    return syntax.whole(Hole(before, after), text, LONG_S)


def block_end(lines: list[str], number: int) -> int:
    """Find the line below which what begins on a line has ended."""
    column = len(lines[number]) - len(lines[number].lstrip())
    end = number + 1
    while end < len(lines):
        line = lines[end]
        here = len(line) - len(line.lstrip())
        if line.strip() and (here < column or (here == column and not _goes_on.match(line))):
            break
        end += 1
    return end


def true_continuations(path: Path) -> Iterator[tuple[Hole, str]]:
    """Cut a file at places drawn by its name, with its rest, with none, and with its block not yet there."""
    lines = path.read_text("utf-8").split("\n")
    draw = random.Random(path.name)
    numbers = [number for number, line in enumerate(lines) if line.strip()]
    for number in draw.sample(numbers, min(PLACES, len(numbers))):
        line = lines[number]
        columns = [found.start() for found in _edge.finditer(line) if found.start() < len(line)] or [0]
        column = draw.choice(columns)
        before, rest = "\n".join([*lines[:number], line[:column]]), line[column:]
        end = block_end(lines, number)
        yield Hole(before, "\n" + "\n".join(lines[number + 1 :])), rest
        yield Hole(before, ""), rest
        yield Hole(before, "\n" + "\n".join(lines[end:])), rest
        yield Hole(before, "\n" + "\n".join(lines[end:])), "\n".join([rest, *lines[number + 1 : end]]).rstrip()


def test_what_really_stands_there_is_hidden_at_less_than_one_place_in_a_hundred() -> None:
    hidden, count = [], 0
    for path in SOURCES:
        for hole, rest in true_continuations(path):
            count += 1
            if whole(SUFFIXES[path.suffix], *hole, rest) != rest:
                hidden.append((path.name, hole.line_before, rest))
    assert count >= 300
    assert len(hidden) < count / 100, hidden


BREAKING = [
    ("python", "x = |\n", "f(a))"),
    ("python", "x = |\ny = 1\n", "'abc"),
    ("python", "x = |\ny = 1\n", "a b"),
    ("python", "print(|)\n", "f(a"),
    ("python", "def f(|\n    pass\n", "a)):"),
    ("typescript", "const x = |;\n", "a b"),
    ("typescript", "function f() {\n  |\n}\n", "return };"),
    ("javascript", "const x = |;\n", "'abc"),
    ("rust", "fn f() {\n    let x = |;\n}\n", "match"),
    ("go", "package a\n\nfunc f() {\n\tx := |\n}\n", "1 2"),
    ("java", "class A { int f() { return |; } }\n", "1 +"),
    ("c", "int f(void)\n{\n    return |;\n}\n", "(1"),
    ("cpp", "int f()\n{\n    return |;\n}\n", "a]"),
    ("csharp", "class A { int F() { return |; } }\n", "1 2"),
    ("json", '{"a": |}\n', "b"),
    ("lua", "local x = |\nreturn x\n", "1 = 2"),
    ("shellscript", "if a; then\n  |\nfi\n", 'echo ")" )'),
    ("ruby", "def f\n  |\nend\n", "x = )"),
    ("css", ".a {\n  |\n}\n", "color: red }}"),
    ("toml", "a = |\n", '"b'),
]
AWAITED = [
    ("python", "def f(x):\n    |\n    return x\n", "if x:"),
    ("python", "x = |\n", "f("),
    ("python", "x = f(\n    |\n", "a,"),
    ("python", "class A:\n    |\n", "@property"),
    ("python", "def f():\n    |\n", '"""Say what it is'),
    ("python", "|\n", "try:"),
    ("typescript", "function f() {\n  |\n}\n", "if (x) {"),
    ("typescript", "export async function f(|\n", "a: string): Promise<void> {"),
    ("typescript", "/** What\n |\nexport const x = 1;\n", "* it is."),
    ("javascript", "const f = |\n", "(a) => {"),
    ("javascript", "on('a', |)\n", "() => {"),
    ("javascript", "function f() {\n  |\n}\n", "try {"),
    ("rust", "fn f() {\n    |\n}\n", "let x = match y {"),
    ("go", "package a\n\nfunc f() {\n\t|\n}\n", "if err != nil {"),
    ("java", "class A {\n    |\n}\n", "@Override"),
    ("c", "int f(int a)\n{\n    |\n}\n", "while (a) {"),
    ("csharp", "class A\n{\n    |\n}\n", "public int F()"),
    ("json", "{\n  |\n}\n", '"a": ['),
    ("lua", "|\nreturn x\n", "local function f()"),
    ("shellscript", "|\necho b\n", "for x in a; do"),
    ("ruby", "|\n", "class A"),
    ("css", "|\n", ".a {"),
    ("html", "<body>\n|\n</body>\n", "<ul>"),
]


@pytest.mark.parametrize(("language", "marked", "text"), BREAKING)
def test_what_breaks_a_file_is_not_shown(language: str, marked: str, text: str) -> None:
    before, _, after = marked.partition("|")
    assert whole(language, before, after, text) == ""


@pytest.mark.parametrize(("language", "marked", "text"), AWAITED)
def test_what_awaits_its_rest_is_shown(language: str, marked: str, text: str) -> None:
    before, _, after = marked.partition("|")
    assert whole(language, before, after, text) == text


def test_a_block_is_cut_back_to_the_lines_that_parse() -> None:
    assert whole("python", "def f():\n    ", "\n", "x = 1\n    y = x x\n    return y") == "x = 1"


def test_a_file_that_is_broken_elsewhere_hides_nothing_that_is_sound() -> None:
    broken = "y = )\n\n\ndef f():\n    pass\n\n\n"
    assert whole("python", broken + "x = ", "\n", "1 + 2") == "1 + 2"
    assert whole("python", broken + "x = ", "\n", "1 2)") == ""


def test_a_language_without_a_grammar_is_not_checked() -> None:
    assert whole("gleam", "x = ", "\n", "))") == "))"


def test_a_large_document_is_not_checked() -> None:
    assert whole("python", "x = 1\n" * (check.LARGEST_CHARACTERS // 6 + 1), "\n", "))") == "))"


def test_without_time_everything_is_shown() -> None:
    assert Syntax("python").whole(Hole("x = 1\n" * 1000, "\n"), "))", 0.0) == "))"


def test_a_parse_that_was_called_off_leaves_the_parser_usable() -> None:
    language = grammar("python")
    assert language is not None
    parsed = Parsed(language)
    with pytest.raises(OutOfTime):
        parsed.read(b"x = (1,\n" * 20_000, 0.0)
    parsed.read(b"x = 1\n", float("inf"))
    assert parsed.errors(b"x = 1\n", float("inf")).count == 0


def test_edits_give_the_tree_that_a_new_parser_gives() -> None:
    language = grammar("python")
    assert language is not None
    text = (ROOT / "lsp" / "text.py").read_bytes()
    draw, kept = random.Random(1), Parsed(language)
    for _ in range(60):
        start = draw.randrange(len(text))
        piece = draw.choice([b"", b"(", b")", b'"', b"\n", b"x = 1\n", b"    ", "é".encode()])
        text = text[:start] + piece + text[min(start + draw.randrange(4), len(text)) :]
        kept.read(text, float("inf"))
        fresh = Parsed(language)
        fresh.read(text, float("inf"))
        assert (kept.errors(text, float("inf")).count == 0) == (fresh.errors(text, float("inf")).count == 0)


def test_a_hole_has_plain_line_endings_and_the_popup_s_entry() -> None:
    document = Document("file:///a", "python", 0, "x = 1\r\nos.pa + y\r\n", "utf-16")
    assert hole_at(document, Place(1, 5)) == ("x = 1\nos.pa", " + y\n")
    assert hole_at(document, Place(1, 5), Popup(Place(1, 3), Place(1, 5), "path")) == ("x = 1\nos.path", " + y\n")


def test_a_start_loads_no_grammar() -> None:
    script = "import lsp.server, sys; print(any(name.startswith('tree_sitter') for name in sys.modules))"
    ran = subprocess.run([sys.executable, "-c", script], check=True, capture_output=True, text=True)
    assert ran.stdout == "False\n"


def test_every_grammar_is_there_and_knows_what_may_follow() -> None:
    assert all(grammar(language) is not None for language in _GRAMMARS)
    assert set(TAILS) == set(_GRAMMARS)
