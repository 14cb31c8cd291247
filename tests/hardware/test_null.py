from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hardware.device import ModelRefused
from hardware.null import LONGEST_RUN, NULL_MODEL, SHORTEST_RUN, NullCache, NullDevice, NullModel

STOP = NULL_MODEL.stop_tokens[0]
# Few different ids, so that runs do repeat.
ids = st.lists(st.sampled_from([97, 98, 99, 257]), min_size=1, max_size=60)


def open_model() -> NullModel:
    return NullDevice().open(NULL_MODEL)


def predict(sequence: list[int]) -> int:
    model = open_model()
    return int(model.step(model.new_cache(len(sequence)), 0, sequence, 1).logits[0].argmax())


def predict_slowly(sequence: list[int]) -> int:
    """The definition, word for word."""
    for length in range(LONGEST_RUN, SHORTEST_RUN - 1, -1):
        tail = sequence[-length:]
        starts = range(len(sequence) - length - 1, -1, -1)
        for start in starts:
            if sequence[start : start + length] == tail:
                return sequence[start + length]
    return STOP


def test_a_repeated_line_is_completed() -> None:
    text = b"total = price * count\nprint(total)\ntotal = pri"
    written = list(text)
    while (token := predict(written)) != ord("\n"):
        written.append(token)
    assert bytes(written).endswith(b"\ntotal = price * count")


def test_nothing_known_is_the_end() -> None:
    assert predict(list(b"abcdefgh")) == STOP


def test_the_latest_occurrence_wins() -> None:
    assert predict(list(b"name1 name2 name")) == ord("2")


@given(ids)
def test_it_is_the_induction_head_it_says_it_is(sequence: list[int]) -> None:
    assert predict(sequence) == predict_slowly(sequence)


@given(ids, st.data())
def test_chunks_do_not_matter(sequence: list[int], data: st.DataObject) -> None:
    model = open_model()
    whole = model.step(model.new_cache(60), 0, sequence, len(sequence)).logits
    cache = model.new_cache(60)
    rows: list[np.ndarray[tuple[int, ...], np.dtype[np.float32]]] = []
    done = 0
    while done < len(sequence):
        count = data.draw(st.integers(1, len(sequence) - done))
        rows.append(model.step(cache, done, sequence[done : done + count], count).logits)
        done += count
    np.testing.assert_array_equal(np.concatenate(rows), whole)


@given(ids, ids, st.data())
def test_rewinding_leaves_no_memory(first: list[int], second: list[int], data: st.DataObject) -> None:
    keep = data.draw(st.integers(0, len(first)))
    model = open_model()
    used = model.new_cache(120)
    model.step(used, 0, first, 0)
    after = model.step(used, keep, second, len(second)).logits
    fresh = model.step(model.new_cache(120), 0, first[:keep] + second, len(second)).logits
    np.testing.assert_array_equal(after, fresh)


@given(ids, st.data())
def test_a_copy_holds_the_beginning_and_leaves_the_original(sequence: list[int], data: st.DataObject) -> None:
    keep = data.draw(st.integers(0, len(sequence)))
    model = open_model()
    source, target = model.new_cache(60), model.new_cache(60)
    model.step(source, 0, sequence, 0)
    model.step(target, 0, sequence[::-1], 0)
    model.copy(source, target, keep)
    assert (source.ids, target.ids) == ("".join(map(chr, sequence)), "".join(map(chr, sequence[:keep])))


def test_a_copy_of_more_than_there_is_or_fits_is_refused() -> None:
    model = open_model()
    source, target = model.new_cache(8), model.new_cache(2)
    model.step(source, 0, [1, 2, 3], 0)
    for keep in (4, 3, -1):
        with pytest.raises(ValueError, match=f"cannot copy {keep} of 3 tokens into a cache of 2"):
            model.copy(source, target, keep)


@pytest.mark.parametrize(
    ("keep", "tokens", "rows", "says"),
    [
        (0, [], 0, "at least one token"),
        (0, [1], 2, "2 rows"),
        (0, [1], -1, "-1 rows"),
        (4, [1], 1, "keep 4 tokens of a cache that holds 3"),
        (-1, [1], 1, "keep -1"),
        (3, [1] * 6, 1, "exceed the cache's capacity of 8"),
        (3, [1, 260], 1, "outside of the vocabulary of 260"),
        (3, [-1, 1], 1, "outside of the vocabulary of 260"),
    ],
)
def test_a_step_that_cannot_be_is_refused_and_changes_nothing(
    keep: int, tokens: list[int], rows: int, says: str
) -> None:
    model = open_model()
    cache = model.new_cache(8)
    model.step(cache, 0, [1, 2, 3], 0)
    with pytest.raises(ValueError, match=says):
        model.step(cache, keep, tokens, rows)
    assert cache == NullCache(8, "\x01\x02\x03")


def test_rows_count_from_the_end() -> None:
    model = open_model()
    sequence = list(b"name1 name")
    assert model.step(model.new_cache(20), 0, sequence, 0).logits.shape == (0, 260)
    logits = model.step(model.new_cache(20), 0, sequence, 2).logits
    assert logits.argmax(axis=1).tolist() == [STOP, ord("1")]


def test_a_model_with_weights_is_refused() -> None:
    with pytest.raises(ModelRefused, match=r"model\.onnx"):
        NullDevice().open(replace(NULL_MODEL, graph=Path("model.onnx")))
