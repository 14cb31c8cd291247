from __future__ import annotations

import heapq
import inspect
from functools import reduce
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lsp.errors import BadInput
from lsp.replay.script import keys_typing
from lsp.replay.typist import indentation_step, things, type_file, type_text

if TYPE_CHECKING:
    from collections.abc import Iterable

    from lsp.replay.script import Keystroke

SHAPES = st.lists(
    st.sampled_from([" ", "    ", "\t", "\n", "\r\n", "\r", "def f(x):", "return x", "x = [", "]", "\x0c", "é🎈", "a"])
).map("".join)


def press(text: str, keys: Iterable[Keystroke]) -> str:
    return reduce(lambda before, edit: edit.apply(before), (edit for key in keys for edit in key.edits), text)


@given(SHAPES)
def test_typing_a_file_reproduces_it(text: str) -> None:
    try:
        script = type_file("f", text)
    except BadInput:
        assert not text.strip()
    else:
        assert script.end == text
        assert press(script.start, script.keys) == text


@given(SHAPES, st.integers(0, 30), st.integers(1, 30), st.booleans())
def test_leaving_out_the_keys_of_an_accepted_text_changes_nothing(
    goal: str, first: int, length: int, accurate: bool
) -> None:
    keys = tuple(type_text(goal, 0, "", "    "))
    first = min(first, len(keys))
    before = press("", keys[:first])
    cursor = keys[first - 1].cursor if first else 0
    ghost = goal[cursor : cursor + length] if accurate else "a" * length
    covered = keys_typing(keys, first, cursor, ghost)
    if covered:
        accepted = before[:cursor] + ghost + before[cursor:]
        assert accepted == press(before, keys[first : first + covered])
        assert press(accepted, keys[first + covered :]) == goal


def test_a_suggestion_over_a_dedent_covers_its_keys() -> None:
    goal = "if a:\n    b = 1\nelse:\n    b = 2\n"
    keys = tuple(type_text(goal, 0, "", "    "))
    ghost = "1\nelse:\n    b = 2"
    assert keys_typing(keys, len("if a:") + 1 + len("b = "), len("if a:\n    b = "), ghost) > len("1\nelse:")
    assert keys_typing(keys, 0, 0, "if b") == 0


def test_indentation_comes_as_editors_bring_it() -> None:
    goal = "def f():\n    return 1\n\nx\n"
    texts = [key.edits[0].inserted for key in type_text(goal, 0, "", "    ")]
    assert texts[len("def f():")] == "\n    "
    assert texts[-4:] == ["\n    ", "", "x", "\n"]


@pytest.mark.parametrize(
    ("text", "step"), [("a:\n  b\n  c:\n    d\n", "  "), ("a:\n\tb\n", "\t"), ("flat\n", "    "), ("", "    ")]
)
def test_the_step_of_indentation_is_the_text_s_own(text: str, step: str) -> None:
    assert indentation_step(text) == step


def test_methods_and_functions_are_things() -> None:
    text = "import a\n\nclass B:\n    x = 1\n\n    def f(self):\n        pass\n\n        more()\n\ndef g():\n    pass\n"
    assert [text[a:b] for a, b in things(text, "    ")] == [
        "import a",
        "class B:\n    x = 1",
        "def f(self):\n        pass\n\n        more()",
        "def g():\n    pass",
    ]


def test_half_of_a_real_module_is_there_before_the_first_key() -> None:
    text = inspect.getsource(heapq)
    script = type_file("heapq.py", text)
    assert text.startswith(script.start[: len(text) // 4])
    assert press(script.start, script.keys) == text
    typed = sum(key.characters for key in script.keys)
    assert len(text) * 0.1 < typed < len(text) * 0.6
