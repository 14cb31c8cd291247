from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from engine.messages import Alternative, Completed, Timings
from lsp.context.window import Window
from lsp.reuse import LOOKBACK_CHARACTERS, Answer, Reuse

SUFFIX = "\nnext = 1\n"


def said(text: str) -> Answer:
    return Answer(Completed(id=1, text=text, tokens=3, stop="line", confidence=0.9, timings=Timings()), "line")


def reuse_with(prefix: str, text: str, suffix: str = SUFFIX) -> Reuse:
    reuse = Reuse()
    reuse.remember("a", Window(prefix, suffix), said(text))
    return reuse


@given(prefix=st.text(max_size=400), text=st.text(min_size=1, max_size=LOOKBACK_CHARACTERS), data=st.data())
def test_typing_through_leaves_the_rest_at_every_character(prefix: str, text: str, data: st.DataObject) -> None:
    typed = data.draw(st.integers(0, len(text) - 1))
    found = reuse_with(prefix, text).find("a", Window(prefix + text[:typed], SUFFIX))
    assert found is not None
    assert (found.typed, found.left[0].text) == (text[:typed], text[typed:])


@pytest.mark.parametrize(
    ("document", "prefix", "suffix"),
    [
        ("a", "x = fo0", SUFFIX),
        ("a", "x = foo(bar)", SUFFIX),  # nothing of it is left
        ("a", "y = f", SUFFIX),
        ("a", "x = fo", "\nother\n"),
        ("b", "x = fo", SUFFIX),
    ],
)
def test_another_state_finds_nothing(document: str, prefix: str, suffix: str) -> None:
    assert reuse_with("x = ", "foo(bar)").find(document, Window(prefix, suffix)) is None


def test_removing_what_was_typed_leads_back() -> None:
    reuse = reuse_with("x = ", "foo")
    assert reuse.find("a", Window("x = fx", SUFFIX)) is None
    found = reuse.find("a", Window("x = f", SUFFIX))
    assert found is not None
    assert found.left[0].text == "oo"


def test_the_answer_from_which_least_was_typed_wins() -> None:
    reuse = reuse_with("x = ", "foo")
    reuse.remember("a", Window("x = f", SUFFIX), said("unction()"))
    found = reuse.find("a", Window("x = fu", SUFFIX))
    assert found is not None
    assert (found.typed, found.left[0].text) == ("u", "nction()")


def test_a_bracket_that_the_editor_closed_does_not_hide_the_answer() -> None:
    found = reuse_with("print", "(x)").find("a", Window("print(", ")" + SUFFIX))
    assert found is not None
    assert found.left[0].text == "x)"


def test_that_nothing_was_suggested_is_remembered_too() -> None:
    reuse = reuse_with("x = ", "")
    found = reuse.find("a", Window("x = ", SUFFIX))
    assert found is not None
    assert found.left[0].text == ""
    assert reuse.find("a", Window("x = f", SUFFIX)) is None


def test_what_was_used_the_longest_time_ago_goes_first() -> None:
    reuse = Reuse(limit=2)
    for prefix in ("one", "two"):
        reuse.remember("a", Window(prefix, SUFFIX), said("x"))
    assert reuse.find("a", Window("one", SUFFIX))
    reuse.remember("a", Window("three", SUFFIX), said("x"))
    assert reuse.find("a", Window("one", SUFFIX))
    assert reuse.find("a", Window("two", SUFFIX)) is None


def test_nothing_outlives_its_document() -> None:
    reuse = reuse_with("x = ", "foo")
    reuse.remember("b", Window("x = ", SUFFIX), said("bar"))
    reuse.forget("a")
    assert reuse.find("a", Window("x = ", SUFFIX)) is None
    assert reuse.find("b", Window("x = ", SUFFIX))
    reuse.clear()
    assert reuse.find("b", Window("x = ", SUFFIX)) is None


def test_typing_may_lead_into_another_candidate() -> None:
    others = (Alternative("bar()", 2, "line", 0.5), Alternative("foot()", 2, "line", 0.4))
    reuse = Reuse()
    reuse.remember("a", Window("x = ", SUFFIX), Answer(replace(said("foo()").completed, others=others), "line", 3))
    for typed, left in (("", ["foo()", "bar()", "foot()"]), ("fo", ["o()", "ot()"]), ("b", ["ar()"]), ("x", [])):
        found = reuse.find("a", Window(f"x = {typed}", SUFFIX))
        assert ([each.text for each in found.left] if found else []) == left
