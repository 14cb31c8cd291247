from __future__ import annotations

from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from lsp.context.window import (
    HOP_CHARACTERS,
    HOP_LINES,
    NEAR_HOP_LINES,
    NEAR_LINES_BELOW,
    SOON_LINES,
    Popup,
    Window,
    window,
)
from lsp.document import Document, Place, Position

LINES = st.lists(st.text("abc é😀\t", max_size=120), max_size=120)


def document_of(text: str) -> Document:
    return Document("file:///a.py", "python", 0, text, "utf-16")


def cut(document: Document, cursor: Place, *, prefix: int = 2400, suffix: int = 600) -> Window:
    return window(document, cursor, prefix_characters=prefix, suffix_characters=suffix)


def test_a_small_document_is_its_own_window() -> None:
    document = document_of("import os\n\ndef f():\n    \n\nx = 1\n")
    assert cut(document, Place(3, 4)) == Window("import os\n\ndef f():\n    ", "\n\nx = 1\n")


@given(lines=LINES, data=st.data())
def test_a_window_is_a_piece_of_the_document_within_its_bounds(lines: list[str], data: st.DataObject) -> None:
    document = document_of("\n".join(lines))
    line = data.draw(st.integers(0, len(document.lines) - 1))
    cursor = Place(line, data.draw(st.integers(0, len(document.lines[line].rstrip("\n")))))
    around = cut(document, cursor, prefix=1000, suffix=300)
    before = "".join(document.lines[:line]) + document.lines[line][: cursor.character]
    assert before.endswith(around.prefix)
    assert document.text.removeprefix(before).startswith(around.suffix)
    assert len(around.prefix) <= 1000 + HOP_CHARACTERS
    assert len(around.suffix) <= 300


@given(lines=LINES, typed=st.text("ab (\n", max_size=60))
@settings(max_examples=50)
def test_typing_appends_to_the_prefix_and_leaves_the_suffix(lines: list[str], typed: str) -> None:
    document = document_of("\n".join(lines))
    cursor = Place(len(document.lines) // 2, 0)
    hops = 0
    around = cut(document, cursor)
    for character in typed:
        position = document.position(cursor)
        cursor = document.replace(position, position, character).end
        now = cut(document, cursor)
        assert now.suffix == around.suffix
        hops += now.prefix != around.prefix + character
        around = now
    assert hops <= typed.count("\n") // HOP_LINES + 1


def test_the_start_moves_in_hops_of_lines() -> None:
    document = document_of("".join(f"line_{number} = {number}\n" for number in range(1000)))
    starts = [int(cut(document, Place(line, 0)).prefix.split()[0].removeprefix("line_")) for line in range(300, 700)]
    assert {start % HOP_LINES for start in starts} == {0}
    assert sum(a != b for a, b in pairwise(starts)) <= 400 // HOP_LINES


@given(lengths=st.lists(st.integers(20, 70), min_size=120, max_size=120), typed=st.text("ab (", max_size=30))
@settings(max_examples=50)
def test_where_the_start_will_move_to_is_known_before(lengths: list[int], typed: str) -> None:
    document = document_of("\n".join("x" * length for length in lengths))
    cursor, hops = Place(60, 0), 0
    around = cut(document, cursor)
    for character in f"{typed}\n" * (2 * HOP_LINES):
        cursor = document.replace(document.position(cursor), document.position(cursor), character).end
        now = cut(document, cursor)
        if now.prefix != around.prefix + character:
            hops += 1
            assert around.hop
            assert now.prefix == (around.prefix + character)[around.hop :]
        around = now
    assert hops


def test_a_hop_is_told_in_the_last_lines_before_it() -> None:
    document = document_of("".join(f"line_{number} = {number}\n" for number in range(1000)))
    told = [line % HOP_LINES for line in range(320, 400) if cut(document, Place(line, 0)).hop]
    assert sorted(set(told)) == list(range(HOP_LINES - SOON_LINES, HOP_LINES))
    assert cut(document_of("x = 1\n" * HOP_LINES), Place(HOP_LINES - 1, 0)).hop == 0


@given(lines=LINES, data=st.data())
def test_the_nearest_lines_are_whole_and_few(lines: list[str], data: st.DataObject) -> None:
    document = document_of("\n".join(lines))
    around = cut(document, Place(data.draw(st.integers(0, len(document.lines) - 1)), 0))
    start, end = around.near.start, around.near.end
    assert start == 0 or around.prefix[start - 1] == "\n"
    assert end == len(around.steady_suffix) or around.steady_suffix[end - 1] == "\n"
    assert around.prefix[start:].count("\n") < 2 * NEAR_HOP_LINES
    assert around.steady_suffix[:end].count("\n") <= NEAR_LINES_BELOW + 1


def test_the_suffix_ends_at_a_line_end() -> None:
    document = document_of("x\n" + "some_line = 1\n" * 100)
    suffix = cut(document, Place(0, 1), suffix=100).suffix
    assert suffix.endswith("1\n")
    assert 80 < len(suffix) <= 100


def test_one_endless_line_is_bounded_on_both_sides() -> None:
    around = cut(document_of("x" * 100_000), Place(0, 50_000))
    assert 2400 - HOP_CHARACTERS < len(around.prefix) <= 2400 + HOP_CHARACTERS
    assert len(around.suffix) == 600


def test_line_endings_and_lone_surrogates_are_made_plain() -> None:
    document = document_of("a\r\nb\rc\ud800\r\nd")
    assert cut(document, Place(2, 1)) == Window("a\nb\nc", "\ufffd\nd")


def test_the_selected_entry_of_the_popup_stands_in_the_prefix() -> None:
    document = document_of("import os\nos.pa()\n")
    around = window(
        document,
        Place(1, 5),
        prefix_characters=2400,
        suffix_characters=600,
        popup=Popup(Place(1, 3), Place(1, 5), "path"),
    )
    assert around == Window("import os\nos.path", "()\n")


def test_the_lines_around_the_cursor() -> None:
    document = document_of("def f():\n\n    retu(x)\n\nend\n")
    around = cut(document, document.place(Position(2, 8)))
    assert (around.line_before, around.line_after) == ("    retu", "(x)")
    assert around.line_above == "def f():"
    assert around.lines_below == ["", "end", ""]
