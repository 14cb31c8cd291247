"""Weights to the blocks of integers that ONNX Runtime's MatMulNBits and GatherBlockQuantized read.

Invariant: symmetric, so a weight is (q - 2^(bits-1)) * scale, with one float32 scale for each block of consecutive
inputs. There are no zero points: with them the AVX2 kernel for 4 bits and one row computes wrong products
(https://github.com/microsoft/onnxruntime/issues/29853), and float ones take a kernel that is 40 times slower.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import msgspec
import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray


class Format(msgspec.Struct, frozen=True):
    """How one matrix is stored: `bits` 32 is plain float32, else blocks of `block` weights with a common scale."""

    bits: Literal[4, 8, 32]
    block: int = 32


class Precision(msgspec.Struct, frozen=True):
    """How a model's matrices are stored, by their role; everything else is float32."""

    name: str
    attention: Format
    gate_up: Format
    down: Format
    head: Format


FLOAT32 = Precision("fp32", *[Format(32)] * 4)
INT8 = Precision("int8", *[Format(8)] * 4)


def quantize(weights: NDArray[np.float32], form: Format) -> tuple[NDArray[np.uint8], NDArray[np.float32]]:
    """Rows of weights (outputs, inputs) as integers (outputs, blocks, bytes of a block) and scales (outputs, blocks).

    `inputs` must be a multiple of the block. Two 4-bit integers share a byte, the earlier one in the low half.
    """
    outputs, inputs = weights.shape
    blocks = weights.reshape(outputs, inputs // form.block, form.block)
    zero = 1 << (form.bits - 1)
    extremes = np.abs(blocks).max(axis=2) / (zero - 1) if form.bits == 8 else _extreme(blocks) / -zero
    scales = extremes.astype(np.float32, copy=False)
    inverse = np.divide(1.0, scales, out=np.zeros_like(scales), where=scales != 0)
    levels = np.rint(blocks * inverse[..., None])
    levels += zero
    integers = np.clip(levels, 0, 2 * zero - 1, out=levels).astype(np.uint8)
    return (_pack(integers) if form.bits == 4 else integers), scales


def _extreme(blocks: NDArray[np.float32]) -> NDArray[np.float32]:
    """Give the weight of largest magnitude in each block, with its sign."""
    low, high = blocks.min(axis=2), blocks.max(axis=2)
    extreme: NDArray[np.float32] = np.where(-low > high, low, high)
    return extreme


def _pack(integers: NDArray[np.uint8]) -> NDArray[np.uint8]:
    packed: NDArray[np.uint8] = integers[..., 0::2] | (integers[..., 1::2] << np.uint8(4))
    return packed
