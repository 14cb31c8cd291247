from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.cache import LOSS_TOKENS, Pool, Sequence
from hardware.device import ModelRefused
from hardware.null import NULL_MODEL, NullDevice

if TYPE_CHECKING:
    from hardware.device import Cache

MODEL = NullDevice().open(NULL_MODEL)
A, B, C = list(range(100)), list(range(100, 200)), list(range(50, 250))


def pool(limit: int) -> Pool:
    return Pool(MODEL, capacity=300, limit=limit)


def fill(pool: Pool, document: str, ids: list[int]) -> Sequence:
    sequence = pool.take(document, ids)
    shared = min(sequence.shared(ids), len(ids) - 1)
    sequence.step(MODEL, shared, ids[shared:], 0)
    sequence.prompted = len(ids)
    return sequence


def test_a_document_goes_on_in_its_own_sequence() -> None:
    caches = pool(3)
    first = fill(caches, "a", A)
    assert fill(caches, "a", [*A, 7, 8]) is first
    assert first.ids == [*A, 7, 8]


def test_another_place_in_the_document_takes_a_free_sequence_and_the_old_place_stays() -> None:
    caches = pool(2)
    first = fill(caches, "a", A)
    assert fill(caches, "a", B) is not first
    assert caches.take("a", [*A, 1]) is first


def test_two_documents_that_take_turns_keep_what_is_theirs() -> None:
    caches = pool(2)
    first, second = fill(caches, "a", A), fill(caches, "b", B)
    for ids in (C, B, A):
        assert fill(caches, "a", ids) is first
        assert fill(caches, "b", ids[::-1]) is second


def test_equal_text_in_two_documents_is_no_reason_to_take_it_away() -> None:
    caches = pool(2)
    first = fill(caches, "a", A)
    assert fill(caches, "b", [*A, 1]) is not first


def test_a_document_with_two_places_gives_one_up_first() -> None:
    caches = pool(3)
    only = fill(caches, "b", B)
    older = fill(caches, "a", A)
    fill(caches, "a", C)
    assert caches.take("c", [1]) is older
    assert caches.take("b", B) is only


def test_more_documents_than_sequences_take_the_one_longest_unused() -> None:
    caches = pool(2)
    first, second = fill(caches, "a", A), fill(caches, "b", B)
    assert fill(caches, "c", C) is first
    assert fill(caches, "a", A) is second


def test_a_prompt_that_would_overwrite_much_begins_as_a_copy() -> None:
    caches = pool(3)
    first = fill(caches, "a", [*A, *B])
    second = caches.take("a", [*A, *C])
    assert second is not first
    assert (second.ids, first.ids) == (A, [*A, *B])
    assert caches.waiting("a", [*A, *C]) == len(C)
    logits = second.step(MODEL, len(A), [1], 1).logits
    np.testing.assert_array_equal(logits, MODEL.step(MODEL.new_cache(300), 0, [*A, 1], 1).logits)


def test_what_was_generated_is_overwritten_and_a_few_lines_too() -> None:
    caches = pool(3)
    first = fill(caches, "a", [*A, *B[:LOSS_TOKENS]])
    first.step(MODEL, len(first.ids), B, 0)
    assert caches.take("a", [*A, *C]) is first


def test_what_is_read_beside_costs_the_document_nothing() -> None:
    caches = pool(2)
    first = fill(caches, "a", [*A, *B])
    assert caches.take_beside("a", [*A, *B, 1]) is first
    second = caches.take_beside("a", [*A, *C])
    assert second is not None
    assert second is not first
    assert (first.ids, second.ids) == ([*A, *B], A)


def test_what_is_read_beside_may_take_another_documents_place_and_never_the_only_one() -> None:
    caches = pool(2)
    other, own = fill(caches, "b", B), fill(caches, "a", A)
    assert caches.take_beside("a", C) is other
    assert own.ids == A
    only = pool(1)
    fill(only, "a", A)
    assert only.take_beside("a", C) is None


def test_the_only_sequence_is_never_copied_onto_itself() -> None:
    caches = pool(1)
    first = fill(caches, "a", [*A, *B])
    assert fill(caches, "a", [*A, *C]) is first
    assert first.ids == [*A, *C]


def test_what_was_forgotten_is_taken_first() -> None:
    caches = pool(2)
    fill(caches, "a", A)
    second = fill(caches, "b", B)
    caches.forget("b")
    assert second.ids == []
    assert caches.take("c", C) is second


def test_a_device_without_memory_for_more_makes_do_with_what_it_has(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def refuse(_capacity: int) -> Cache:
        raise ModelRefused("There is no memory for a cache.")

    caches = pool(3)
    first = fill(caches, "a", A)
    monkeypatch.setattr(MODEL, "new_cache", refuse)
    assert fill(caches, "b", B) is first
    assert fill(caches, "a", A) is first
    assert caplog.text.count("1 caches have to do: There is no memory") == 1
    with pytest.raises(ModelRefused):
        pool(3).take("a", A)


def test_a_failed_step_leaves_what_was_kept() -> None:
    sequence = fill(pool(1), "a", A)
    with pytest.raises(ValueError, match="capacity"):
        sequence.step(MODEL, 40, [1] * 400, 0)
    assert sequence.ids == A[:40]
    assert sequence.step(MODEL, 40, [1], 1).logits.shape == (1, NULL_MODEL.vocabulary)


@given(st.lists(st.tuples(st.sampled_from("abcd"), st.lists(st.integers(0, 2), min_size=1, max_size=20)), max_size=20))
def test_no_more_sequences_than_allowed_and_their_ids_are_what_was_asked_for(
    uses: list[tuple[str, list[int]]],
) -> None:
    caches = pool(2)
    for document, ids in uses:
        sequence = fill(caches, document, ids)
        assert sequence.ids[: len(ids)] == ids
        assert sequence.document == document
    assert len(caches._sequences) <= 2
