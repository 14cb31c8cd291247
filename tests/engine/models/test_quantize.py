from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from engine.models.quantize import Blocks, Channels, to_blocks, to_channels

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float32]

weights = arrays(np.float32, (3, 64), elements=st.floats(-100, 100, width=32))


def from_blocks(weights: Floats, form: Blocks) -> tuple[Floats, Floats]:
    """The weights again, by the operator's definition, and the step of each."""
    integers, scales = to_blocks(weights, form)
    if form.bits == 4:
        integers = np.stack([integers & 15, integers >> 4], -1).reshape(len(weights), -1, form.block)
    values = (integers.astype(np.float32) - (1 << (form.bits - 1))) * scales[..., None]
    return values.reshape(weights.shape), np.repeat(np.abs(scales), form.block, axis=1)


@pytest.mark.parametrize("bits", [4, 8])
@pytest.mark.parametrize("block", [16, 32, 64])
@given(weights=weights)
def test_blocks_are_within_a_step(weights: Floats, bits: Literal[4, 8], block: int) -> None:
    values, step = from_blocks(weights, Blocks(bits, block))
    # Half a step; but with 4 bits the sign opposite to the largest weight has one level less.
    assert (np.abs(values - weights) <= step * (0.51 if bits == 8 else 1.01) + 1e-6).all()


@pytest.mark.parametrize("bits", [7, 8])
@given(weights=weights)
def test_channels_are_within_half_a_step(weights: Floats, bits: Literal[7, 8]) -> None:
    integers, scales = to_channels(weights, Channels(bits))
    assert integers.shape == weights.shape[::-1]
    values = (integers.astype(np.float32) - (0 if bits == 7 else 128)).T * scales[:, None]
    assert (np.abs(values - weights) <= scales[:, None] * 0.51 + 1e-6).all()


@given(weights=weights)
def test_seven_bits_cannot_overflow_sixteen(weights: Floats) -> None:
    integers, _ = to_channels(weights, Channels(7))
    assert 2 * 255 * np.abs(integers.astype(np.int32)).max() <= np.iinfo(np.int16).max


def test_zeros_stay_zeros() -> None:
    zeros = np.zeros((2, 64), np.float32)
    assert not from_blocks(zeros, Blocks(8))[0].any()
    assert not to_channels(zeros, Channels(7))[0].any()
