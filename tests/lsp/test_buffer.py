from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lsp.buffer import Edit, lines_of, offset_of, place_of
from lsp.errors import BadInput

TEXT = st.text(st.sampled_from("a🎈\n\r\x0c\u2028\x85"))


@given(TEXT)
def test_places_and_offsets_are_inverse(text: str) -> None:
    for line, (start, content) in enumerate(lines_of(text)):
        for column in range(len(content) + 1):
            assert place_of(text, start + column) == (line, column)
            assert offset_of(text, line + 1, column + 1) == start + column


@pytest.mark.parametrize(("line", "column"), [(0, 1), (4, 1), (1, 0), (1, 4), (2, 2), (3, 3), (-1, 1)])
def test_a_place_that_is_not_there_is_refused(line: int, column: int) -> None:
    with pytest.raises(BadInput, match="does not exist"):
        offset_of("ab\n\r\nc", line, column)


def test_an_edit_replaces_what_stands_at_its_offset() -> None:
    assert Edit(1, 2, "xyz").apply("abcd") == "axyzd"
