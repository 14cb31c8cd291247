from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lsp.buffer import Edit
from lsp.replay.kept import Kept

BEFORE, TAKEN, AFTER = "first = 1\n", "second = first + 1", "\nthird = 3\n"


def kept_after(*edits: Edit) -> int:
    kept, text = Kept(), BEFORE + TAKEN + AFTER
    kept.accept(len(BEFORE), TAKEN)
    for edit in edits:
        kept.edited(edit)
        text = edit.apply(text)
    return kept.retained(text)


@pytest.mark.parametrize(
    ("edits", "retained"),
    [
        ((), 1),
        ((Edit(0, 0, "zeroth = 0\n"), Edit(3, 4, "")), 1),
        ((Edit(len(BEFORE), 0, "x = "),), 1),  # what is put before it is no part of it
        ((Edit(len(BEFORE) + len(TAKEN), 0, " + 2 + 3 + 4 + 5 + 6"),), 1),
        ((Edit(len(BEFORE) + 9, 5, "something else"),), 0),
        ((Edit(len(BEFORE) + 17, 1, "2"),), 1),  # a small edit
        ((Edit(len(BEFORE), len(TAKEN), ""),), 0),
        ((Edit(0, len(BEFORE + TAKEN + AFTER), BEFORE),), 0),
        ((Edit(len(BEFORE), len(TAKEN), ""), Edit(len(BEFORE), 0, "another thing")), 0),
    ],
)
def test_what_was_accepted_is_retained_but_for_small_edits(edits: tuple[Edit, ...], retained: int) -> None:
    assert kept_after(*edits) == retained


@given(st.lists(st.tuples(st.booleans(), st.integers(0, 9), st.integers(0, 9), st.text("ab\n", max_size=9))))
def test_edits_around_it_never_lose_it(edits: list[tuple[bool, int, int, str]]) -> None:
    kept, text = Kept(), BEFORE + TAKEN + AFTER
    kept.accept(len(BEFORE), TAKEN)
    for above, at, deleted, inserted in edits:
        start = text.index(TAKEN)
        end = start + len(TAKEN)
        room = start if above else len(text) - end
        offset = min(at, room) + (0 if above else end)
        edit = Edit(offset, min(deleted, (start if above else len(text)) - offset), inserted)
        kept.edited(edit)
        text = edit.apply(text)
    assert kept.retained(text) == 1
