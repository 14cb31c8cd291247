from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.cores import merging_tokenizer

from engine.sampler import Sampler
from engine.tokenizer import NULL_SPECIALS

rests = st.sampled_from([b"tot", b" pri", b"\n    ", b"pricesx", "é".encode(), b"\xa9"]) | st.binary(
    min_size=1, max_size=4
)


@given(rests, st.integers(0, 2**32 - 1))
def test_the_choice_is_the_likeliest_of_the_tokens_that_go_with_the_rest(rest: bytes, seed: int) -> None:
    tokenizer = merging_tokenizer()
    logits = np.random.default_rng(seed).normal(0, 3, tokenizer.size).astype(np.float32)
    allowed = [
        token
        for token in range(tokenizer.size)
        if (piece := tokenizer.bytes_of(token)) and (piece.startswith(rest) or rest.startswith(piece))
    ]
    weights = np.exp(logits[allowed].astype(np.float64))
    choice = Sampler(tokenizer).choose(logits, rest)
    assert choice is not None
    assert choice.token == allowed[int(weights.argmax())]
    assert np.exp(choice.log_probability) == pytest.approx(weights.max() / weights.sum(), rel=1e-5)


def test_without_a_rest_every_token_is_open_the_end_included() -> None:
    tokenizer = merging_tokenizer()
    logits = np.zeros(tokenizer.size, dtype=np.float32)
    end = tokenizer.special(NULL_SPECIALS[-1])
    logits[end] = 50
    choice = Sampler(tokenizer).choose(logits, b"")
    assert choice is not None
    assert choice.token == end
    assert choice.log_probability == pytest.approx(0, abs=1e-6)
    constrained = Sampler(tokenizer).choose(logits, b"t")
    assert constrained is not None
    assert tokenizer.bytes_of(constrained.token).startswith(b"t")


@given(rests | st.just(b""), st.integers(0, 2**32 - 1), st.sampled_from([0.0, 0.02, 0.3]))
def test_the_likely_ones_are_those_of_some_probability_and_the_first_is_the_choice(
    rest: bytes, seed: int, least: float
) -> None:
    sampler = Sampler(merging_tokenizer())
    logits = np.random.default_rng(seed).normal(0, 3, merging_tokenizer().size).astype(np.float32)
    found = sampler.likely(logits, rest, least)
    everything = sampler.likely(logits, rest, 0.0)
    assert found == [choice for choice in everything if np.exp(choice.log_probability) >= least]
    assert sum(np.exp(choice.log_probability) for choice in everything) == pytest.approx(1, rel=1e-5)
    choice = sampler.choose(logits, rest)
    assert choice is not None
    assert everything[0].token == choice.token
    assert everything[0].log_probability == pytest.approx(choice.log_probability, abs=1e-5)
