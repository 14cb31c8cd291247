from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lsp.document import Document, Place, Position
from lsp.tally.anchor import Anchor, end_of


def follow(marked: str, start: tuple[int, int], end: tuple[int, int], text: str) -> str:
    """Edit a document in which a stretch stands between two |; gives what the stretch is then."""
    before, stretch, after = marked.split("|")
    document = Document("file:///a.py", "python", 1, before + stretch + after, "utf-16")
    place = end_of(before, Place(0, 0))
    anchor = Anchor(place, end_of(stretch, place))
    assert anchor.text(document) == stretch
    edit = document.replace(Position(*start), Position(*end), text)
    return anchor.after(edit, document, stretch).text(document)


@pytest.mark.parametrize(
    ("marked", "start", "end", "text", "stretch"),
    [
        ("x = |foo(bar)|\ny", (0, 0), (0, 0), "# head\n", "foo(bar)"),
        ("x = |foo(bar)|\ny", (0, 0), (0, 3), "longer =", "foo(bar)"),
        ("x = |foo(bar)|\ny", (0, 4), (0, 4), "not ", "foo(bar)"),
        ("x = |foo(bar)|\ny", (0, 12), (0, 12), ".baz", "foo(bar)"),
        ("x = |foo(bar)|\ny", (1, 0), (1, 1), "z", "foo(bar)"),
        ("x = |foo(bar)|\ny", (0, 8), (0, 11), "other", "foo(other)"),
        ("x = |foo(bar)|\ny", (0, 8), (0, 11), "a,\n  b", "foo(a,\n  b)"),
        ("x = |foo(bar)|\ny", (0, 8), (1, 1), "a)", "foo(a)"),
        ("x = |foo(bar)|\ny", (0, 0), (0, 7), "y = goo", "y = goo(bar)"),
        ("x = |foo(bar)|\ny", (0, 0), (1, 1), "x  =  foo(bar)\n\ny", "foo(bar)"),
        ("x = |foo(bar)|\ny", (0, 0), (1, 0), "", ""),
        ("x = |foo\nbar|\ny", (0, 0), (0, 0), "a\nb\n", "foo\nbar"),
        ("x = |foo\nbar|\ny", (0, 7), (1, 0), "", "foobar"),
        ("a\r\n|b\r\nc|\r\n", (0, 0), (0, 0), "\r\n", "b\r\nc"),
    ],
)
def test_a_stretch_is_followed(
    marked: str, start: tuple[int, int], end: tuple[int, int], text: str, stretch: str
) -> None:
    assert follow(marked, start, end, text) == stretch


def test_a_whole_new_text_is_searched_for_it() -> None:
    document = Document("file:///a.py", "python", 1, "x = foo", "utf-16")
    anchor = Anchor(Place(0, 4), Place(0, 7))
    anchor = anchor.after(document.replace_all("\n\ny = foo\n"), document, "foo")
    assert anchor == (Place(2, 4), Place(2, 7))


@given(st.text("ab\n", max_size=12), st.text("xyz\n", min_size=1, max_size=8), st.text("ab\n", max_size=12), st.data())
def test_edits_elsewhere_leave_it_as_it_is(before: str, stretch: str, after: str, data: st.DataObject) -> None:
    document = Document("file:///a.py", "python", 1, before + stretch + after, "utf-32")
    place = end_of(before, Place(0, 0))
    anchor = Anchor(place, end_of(stretch, place))
    low, high = data.draw(st.sampled_from([(0, len(before)), (len(before + stretch), len(document.text))]))
    first = data.draw(st.integers(low, high))
    last = data.draw(st.integers(first, high))
    start, end = (document.position(end_of(document.text[:offset], Place(0, 0))) for offset in (first, last))
    edit = document.replace(start, end, data.draw(st.text("ab\n", max_size=6)))
    assert anchor.after(edit, document, stretch).text(document) == stretch
