"""Weights to integers or halves: which forms there are. Which of them a model ships in is the catalogue's to say.

Invariant: every form treats each row of activations by itself, so what a token computes does not depend on the tokens
that are computed in the same step. (DynamicQuantizeMatMul, which has one scale for all rows, does not: measured, logits
moved by up to 6 with the way a text was cut into steps.)

Measured on an AVX2 machine, against float32: 8-bit blocks compute at 0.7 times its speed and read a third of the bytes;
channels compute at twice its speed and read a quarter of them. `tests/bench/precision.py` prints the table.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import msgspec
import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray


class Float32(msgspec.Struct, frozen=True, tag=True):
    """As it is."""


class Float16(msgspec.Struct, frozen=True, tag=True):
    """Rounded to half precision: what graphics cards multiply fastest, with nothing to unpack."""


class Blocks(msgspec.Struct, frozen=True, tag=True):
    """One scale for each `block` consecutive inputs of an output, for weights and activations alike (MatMulNBits).

    A weight is (q - 2^(bits-1)) * scale. There are no zero points: with them the AVX2 kernel for 4 bits and one row
    computes wrong products (https://github.com/microsoft/onnxruntime/issues/29853), and float ones are 40 times slower.
    """

    bits: Literal[4, 8]
    block: int = 32


class Channels(msgspec.Struct, frozen=True, tag=True):
    """One scale for each output's weights, and one for each row of activations (MatMulIntegerToFloat).

    7 bits are signed and the fastest: processors without VNNI add two products of 8 bits in 16, where signed 8-bit
    weights overflow. 8 bits are unsigned, for which a slower kernel does not overflow.
    """

    bits: Literal[7, 8]

    @property
    def largest(self) -> int:
        """The largest magnitude of an integer, before 128 is added to unsigned ones."""
        return 63 if self.bits == 7 else 127


Form = Float32 | Float16 | Blocks | Channels


class Precision(msgspec.Struct, frozen=True):
    """How a model's matrices are stored, by their role, and what everything else is: activations, norms and caches."""

    name: str
    attention: Form
    gate_up: Form
    down: Form
    head: Form
    rest: Literal["float32", "float16"] = "float32"


FLOAT32 = Precision("fp32", Float32(), Float32(), Float32(), Float32())
FLOAT16 = Precision("fp16", Float16(), Float16(), Float16(), Float16(), rest="float16")
INT8 = Precision("int8", Blocks(8), Blocks(8), Blocks(8), Blocks(8))
CHANNELS = Precision("int8-channels", Channels(7), Channels(7), Channels(7), Channels(7))
MIXED = Precision("int8-part-channels", Blocks(8), Channels(7), Blocks(8), Blocks(8))


def to_blocks(weights: NDArray[np.float32], form: Blocks) -> tuple[NDArray[np.uint8], NDArray[np.float32]]:
    """Rows of weights (outputs, inputs) as integers (outputs, blocks, bytes of a block) and scales (outputs, blocks).

    `inputs` must be a multiple of the block. Two 4-bit integers share a byte, the earlier one in the low half.
    """
    outputs, inputs = weights.shape
    blocks = weights.reshape(outputs, inputs // form.block, form.block)
    zero = 1 << (form.bits - 1)
    scales: NDArray[np.float32] = (
        np.abs(blocks).max(axis=2) / np.float32(zero - 1) if form.bits == 8 else _extreme(blocks) / np.float32(-zero)
    )
    levels = _divide(blocks, scales[..., None])
    levels += zero
    integers = np.clip(levels, 0, 2 * zero - 1, out=levels).astype(np.uint8)
    return (_pack(integers) if form.bits == 4 else integers), scales


def to_channels(
    weights: NDArray[np.float32], form: Channels
) -> tuple[NDArray[np.int8] | NDArray[np.uint8], NDArray[np.float32]]:
    """Rows of weights (outputs, inputs) as integers (inputs, outputs) and a scale for each output."""
    scales: NDArray[np.float32] = np.abs(weights).max(axis=1) / np.float32(form.largest)
    levels = np.clip(_divide(weights, scales[:, None]), -form.largest, form.largest)
    return (levels.astype(np.int8) if form.bits == 7 else (levels + 128).astype(np.uint8)).T, scales


def _divide(weights: NDArray[np.float32], scales: NDArray[np.float32]) -> NDArray[np.float32]:
    """Round to whole scales; where the scale is nothing, so are the weights."""
    usable = np.abs(scales) > np.finfo(np.float32).tiny
    inverse = np.divide(1, scales, out=np.zeros_like(scales), where=usable)
    levels = weights * inverse
    return np.rint(levels, out=levels)


def _extreme(blocks: NDArray[np.float32]) -> NDArray[np.float32]:
    """Give the weight of largest magnitude in each block, with its sign."""
    low, high = blocks.min(axis=2), blocks.max(axis=2)
    extreme: NDArray[np.float32] = np.where(-low > high, low, high)
    return extreme


def _pack(integers: NDArray[np.uint8]) -> NDArray[np.uint8]:
    packed: NDArray[np.uint8] = integers[..., 0::2] | (integers[..., 1::2] << np.uint8(4))
    return packed
