from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.stop import Ending, loop_start, natural_end, open_quote, whole_piece

if TYPE_CHECKING:
    from engine.messages import Shape

MORE = None


@pytest.mark.parametrize(
    ("before", "text", "ending"),
    [
        ("x = ", "1", MORE),
        ("x = ", "1  \nfoo", "1"),
        ("x = ", "1\r\nfoo", "1"),
        ("x = 1", "\nfoo", ""),  # the line is complete as it stands
        ("    ", "\n    foo(", MORE),  # one blank line, then code
        ("    ", "\n    foo()\nbar", "\n    foo()"),
        ("    ", "\n\n    foo()", ""),
        ("", "  \n", MORE),
    ],
)
def test_a_line_ends_at_its_end(before: str, text: str, ending: str | None) -> None:
    assert natural_end("line", before, text) == (MORE if ending is None else Ending(ending, "line"))


OPENED = "\n    a = 1\n    return a"


@pytest.mark.parametrize(
    ("before", "text", "ending"),
    [
        # The cursor's line opens a block: it ends where the indentation is that of the opening line again.
        ("def f():", OPENED, MORE),
        ("def f():", OPENED + "\n", MORE),
        ("def f():", OPENED + "\n\ng", OPENED),
        ("  if x:", "\n    a\n  e", "\n    a"),
        ("def f", "(x):\n    return x\nf", "(x):\n    return x"),
        # The cursor stands in a block: it ends where the indentation is less.
        ("    ", "a = 1\n    b = 2", MORE),
        ("    ", "a = 1\n    if b:\n        c\n    d\nx", "a = 1\n    if b:\n        c\n    d"),
        ("    x =", " 1\n    y = 2\nz", " 1\n    y = 2"),
        ("    ", "\n    a\nb", "\n    a"),
        # The brackets that close a block belong to it; what stands behind them does not.
        ("function f() {", "\n  g();\n}", MORE),
        ("function f() {", "\n  g();\n}\n", "\n  g();\n}"),
        ("call(", "\n    a,\n);\nb", "\n    a,\n);"),
        ("  if (x) {", "\n    a\n  } else", "\n    a\n  }"),
        ("    ", "a,\n)", MORE),
        ("    ", "a,\n)\n", "a,\n)"),
        # Two blank lines end anything, and so does one in a module's own scope.
        ("    ", "a\n\n    b", MORE),
        ("    ", "a\n\n\n    b", "a"),
        ("    ", "a\n\n\n", "a"),
        ("def f():", "\n    a\n\n\n", "\n    a"),
        ("", "import a\nimport b", MORE),
        ("", "import a\nimport b\n\nx", "import a\nimport b"),
        ("", "def f():\n    a\n\n    b\n\nx", "def f():\n    a\n\n    b"),
        ("    ", "\n\n", ""),
        # Lines end where an editor ends them, and nowhere else.
        ("    ", "a = 'b\u2028c\x85d\x0ce'\n    f", MORE),
        ("    ", "a\r\n    b\r\nx", "a\r\n    b"),
        ("    ", "a\r    b\rx", "a\r    b"),
    ],
)
def test_a_block_ends_where_its_scope_closes(before: str, text: str, ending: str | None) -> None:
    assert natural_end("block", before, text) == (MORE if ending is None else Ending(ending, "block"))


@pytest.mark.parametrize(
    ("shape", "before", "text", "whole"),
    [
        ("line", "x = ", "compute(val", "compute("),
        ("line", "x = ", "compute(value, ", "compute(value,"),
        ("line", "x = ", "comp", ""),
        ("line", "x = ", "3.14", ""),
        ("line", "x = ", "a3.b", "a3."),
        ("line", "", 'print(f"hello {na', "print("),
        ("line", "", "print('done') # it's", "print('done') # it'"),
        ("line", 'x = "hel', "lo wor", "lo"),
        ("line", "x = ", "'it\\'s', \"b", "'it\\'s',"),
        ("block", "def f():", "\n    a = 1\n    retu", "\n    a = 1"),
        ("block", "def f():", "\n    a = foo(ba", "\n    a = foo("),
        ("block", "    ", "a\n\n  ", "a"),
        ("block", "    ", "a", ""),
    ],
)
def test_what_is_cut_short_ends_whole(shape: Shape, before: str, text: str, whole: str) -> None:
    assert whole_piece(shape, before, text) == whole


code = st.lists(st.sampled_from(["a", "b1", " ", "  ", "\n", "\n    ", "(", ")", "}", "'", '"', "#", ".", "\r\n"])).map(
    "".join
)


@given(st.sampled_from(["line", "block"]), code, code)
def test_what_is_kept_is_a_beginning_without_trailing_space(shape: Shape, before: str, text: str) -> None:
    before = before.splitlines()[-1] if before.splitlines() else ""
    ending = natural_end(shape, before, text)
    for kept in (whole_piece(shape, before, text), ending.text if ending else ""):
        assert text.startswith(kept)
        assert kept == kept.rstrip()


@given(st.sampled_from(["line", "block"]), code, st.data())
def test_an_end_once_reached_stays_whatever_comes_behind(shape: Shape, text: str, data: st.DataObject) -> None:
    before = data.draw(st.sampled_from(["", "    ", "def f():", "x"]))
    first = next((end for end in range(len(text) + 1) if natural_end(shape, before, text[:end])), None)
    if first is not None:
        assert natural_end(shape, before, text[:first] + data.draw(code)) is not None


@pytest.mark.parametrize(
    ("line", "start"),
    [("a = 'b", 4), ("a = 'b'", None), ('"\\"', 0), ("# it's", None), ("// it's", None), ("'#", 0), ("a('x', \"y", 7)],
)
def test_an_open_string_is_found(line: str, start: int | None) -> None:
    assert open_quote(line) == start


@given(st.lists(st.integers(0, 3), max_size=10), st.lists(st.integers(4, 9), min_size=1, max_size=12, unique=True))
def test_a_loop_is_found_where_it_begins(head: list[int], turn: list[int]) -> None:
    turns = max(3, -(-24 // len(turn)))
    assert loop_start(head + turn * turns) == len(head)
    assert loop_start(head + turn * 2) is None or len(turn) * 2 >= 24


def test_a_short_row_is_no_loop() -> None:
    assert loop_start([1, 2] * 8) is None
    assert loop_start(list(range(40))) is None
