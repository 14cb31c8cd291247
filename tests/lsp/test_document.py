from __future__ import annotations

import random
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lsp.document import Document, Edit, Place, Position
from lsp.text import Encoding, extent, split_lines

ENCODINGS: tuple[Encoding, ...] = ("utf-8", "utf-16", "utf-32")
# Everything that some splitter takes for a line's end, one to four bytes wide, pairs, halves of pairs, combining marks.
ALPHABET = [
    "a",
    "b",
    " ",
    "\t",
    "\n",
    "\r",
    "\r\n",
    "\x0b",
    "\x0c",
    "\x1c",
    "\x85",
    "\u2028",
    "\0",
    "é",
    "ß",
    "€",
    "中",
]
ALPHABET += ["\U0001f600", "\U00010437", "e\u0301", "\ufeff", "word", "x = 1\n"]
WIDE = "\U0001f600"


def expand(text: str, encoding: Encoding) -> str:
    """Write a text as one character per unit where units are not characters."""
    if encoding != "utf-16":
        return text
    octets = text.encode("utf-16-le", "surrogatepass")
    return "".join(chr(octets[at] | octets[at + 1] << 8) for at in range(0, len(octets), 2))


class Reference:
    """A document as one plain string of units, read only by rules written in the LSP specification."""

    def __init__(self, encoding: Encoding) -> None:
        self.text, self.encoding = "", encoding

    def fill(self, text: str) -> None:
        self.text = expand(text, self.encoding)

    def _starts(self) -> list[int]:
        starts, at = [0], 0
        while at < len(self.text):
            at += 2 if self.text.startswith("\r\n", at) else 1
            if self.text[at - 1] in "\r\n":
                starts.append(at)
        return starts

    def _width(self, character: str) -> int:
        return len(character.encode()) if self.encoding == "utf-8" else 1

    def offset(self, line: int, column: int) -> int:
        starts = self._starts()
        if line >= len(starts):
            return len(self.text)
        at, left = starts[line], column
        while at < len(self.text) and self.text[at] not in "\r\n" and left >= self._width(self.text[at]):
            left -= self._width(self.text[at])
            at += 1
        return at

    def replace(self, start: Position, end: Position, text: str) -> None:
        first, last = sorted((self.offset(*start), self.offset(*end)))
        self.text = self.text[:first] + expand(text, self.encoding) + self.text[last:]


def positions(random_: random.Random, document: Document) -> tuple[Position, Position]:
    """Two positions, near each other: in the document's middle, at its edges and outside, now and then reversed."""

    def column(line: int) -> int:
        return random_.randrange(2 * len(document.lines[min(line, len(document.lines) - 1)]) + 3)

    line = random_.randrange(len(document.lines) + 2)
    ends = [Position(at, column(at)) for at in (line, line + random_.choice([0, 0, 0, 0, 1, 1, 2, 7]))]
    return (ends[1], ends[0]) if random_.random() < 0.02 else (ends[0], ends[1])


def edit_at_random(seed: int, edits: int, encoding: Encoding) -> None:
    random_ = random.Random(seed)
    document, reference = Document("file:///a", "text", 0, "", encoding), Reference(encoding)
    for number in range(edits):
        if len(document.lines) > 60:
            text = "".join(random_.choices(ALPHABET, k=random_.randrange(0, 60)))
            document.replace_all(text)
            reference.fill(text)
        start, end = positions(random_, document)
        text = "".join(random_.choices(ALPHABET, k=random_.choice([0, 0, 1, 1, 1, 1, 2, 5, 20])))
        document.replace(start, end, text)
        reference.replace(start, end, text)
        if expand(document.text, encoding) != reference.text:  # an assert would print both, whatever their size
            pytest.fail(f"edit {number} of seed {seed} diverged: {start} {end} {text!r}")
        if number % 50 == 0:
            check_invariant(document)


def check_invariant(document: Document) -> None:
    assert document.lines == split_lines(document.text)
    assert document.characters == len(document.text)
    assert document.nuls == document.text.count("\0")
    assert not any(a.endswith("\r") and b.startswith("\n") for a, b in pairwise(document.lines))


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_random_edits_agree_with_a_plain_string(encoding: Encoding) -> None:
    edit_at_random(seed=7, edits=2_000, encoding=encoding)


@pytest.mark.slow
@pytest.mark.parametrize("encoding", ENCODINGS)
def test_a_hundred_thousand_edits_agree_with_a_plain_string(encoding: Encoding) -> None:
    for seed in range(40):
        edit_at_random(seed=seed, edits=850, encoding=encoding)


def test_a_form_feed_is_no_line_end() -> None:
    document = Document("file:///a", "python", 0, "a = 1\n\x0c\nb = 2\n", "utf-16")
    document.replace(Position(2, 0), Position(2, 1), "c")
    assert document.text == "a = 1\n\x0c\nc = 2\n"


@pytest.mark.parametrize(("encoding", "columns"), [("utf-8", 4), ("utf-16", 2), ("utf-32", 1)])
def test_a_character_is_as_wide_as_the_encoding_says(encoding: Encoding, columns: int) -> None:
    document = Document("file:///a", "text", 0, WIDE + "b", encoding)
    assert document.place(Position(0, columns)) == Place(0, 1)
    assert document.position(Place(0, 1)) == Position(0, columns)
    document.replace(Position(0, columns), Position(0, columns), "-")
    assert document.text == f"{WIDE}-b"


def test_an_editor_may_swap_half_of_a_surrogate_pair() -> None:
    document = Document("file:///a", "text", 0, f"a{WIDE}b", "utf-16")
    document.replace(Position(0, 2), Position(0, 3), "\ude01")
    assert document.text == "a\U0001f601b"


@given(
    text=st.text(alphabet=st.sampled_from("ab" + WIDE)),
    edits=st.lists(st.tuples(st.integers(0, 9), st.integers(0, 9), st.text(st.sampled_from("a\ud83d\ude00" + WIDE)))),
)
def test_utf_16_edits_act_on_units_even_inside_pairs(text: str, edits: list[tuple[int, int, str]]) -> None:
    document = Document("file:///a", "text", 0, text, "utf-16")
    units = text.encode("utf-16-le", "surrogatepass")
    for first, last, inserted in edits:
        start, end = sorted((first, last))
        document.replace(Position(0, start), Position(0, end), inserted)
        units = units[: 2 * start] + inserted.encode("utf-16-le", "surrogatepass") + units[2 * end :]
        assert document.text.encode("utf-16-le", "surrogatepass") == units


def test_a_utf_8_column_within_a_character_is_the_place_before_it() -> None:
    document = Document("file:///a", "text", 0, "é€", "utf-8")
    assert [document.place(Position(0, column)).character for column in range(7)] == [0, 0, 1, 1, 1, 2, 2]


@pytest.mark.parametrize(
    ("position", "place"),
    [
        (Position(0, 99), Place(0, 2)),
        (Position(1, 0), Place(1, 0)),
        (Position(1, 99), Place(1, 2)),
        (Position(99, 0), Place(2, 3)),
        (Position(-1, 5), Place(0, 0)),
        (Position(0, -5), Place(0, 0)),
    ],
)
def test_positions_outside_are_clamped(position: Position, place: Place) -> None:
    assert Document("file:///a", "text", 0, "ab\r\ncd\rxyz", "utf-16").place(position) == place


def test_a_carriage_return_and_a_newline_that_meet_are_one_line_end() -> None:
    document = Document("file:///a", "text", 0, "a\rb\nc", "utf-16")
    document.replace(Position(1, 0), Position(1, 1), "")
    assert document.lines == ["a\r\n", "c"]
    document.replace(Position(0, 1), Position(0, 1), "\r")
    assert document.lines == ["a\r", "\r\n", "c"]


def test_an_edit_says_where_its_text_ends_and_whether_it_only_removed() -> None:
    document = Document("file:///a", "text", 0, "one\ntwo\n", "utf-16")
    edit = document.replace(Position(0, 3), Position(0, 3), "x\ny")
    assert edit == Edit(Place(0, 3), Place(0, 3), Place(1, 1), removal=False, now="x\ny")
    edit = document.replace(Position(1, 0), Position(1, 1), "")
    assert edit == Edit(Place(1, 0), Place(1, 1), Place(1, 0), removal=True, was="y")
    assert not document.replace(Position(1, 0), Position(1, 0), "").removal
    assert document.replace_all("new") == Edit(Place(0, 0), Place(3, 0), Place(0, 3), removal=False, whole=True)


@pytest.mark.parametrize(
    ("text", "newline"), [("a\r\nb", "\r\n"), ("a\nb", "\n"), ("a\rb", "\r"), ("a", "\n"), ("", "\n")]
)
def test_the_line_ending_in_use_is_the_first_line_s(text: str, newline: str) -> None:
    assert Document("file:///a", "text", 0, text, "utf-16").newline == newline


@given(text=st.lists(st.sampled_from(ALPHABET)).map("".join))
def test_a_text_extends_as_far_as_its_lines(text: str) -> None:
    lines = split_lines(text)
    assert extent(text) == (len(lines) - 1, len(lines[-1]))
