"""A weight matrix in a graph: how each form is stored, multiplied with and looked up in.

Invariant: whatever the form, a product maps [1, T, inputs] to [1, T, outputs], bias included, and each of the T rows
for itself. Both are float16 where the matrix is, and float32 otherwise.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

import numpy as np

from engine.models.graphfile import CONTRIB
from engine.models.quantize import Blocks, Channels, Float16, to_blocks, to_channels

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from numpy.typing import NDArray

    from engine.models.graphfile import GraphFile
    from engine.models.quantize import Float32, Form

    Rows = Iterable[NDArray[np.float32]]

INT8_ACTIVATIONS = 4  # MatMulNBits' accuracy level: the other operand is quantised to int8, block by block
ACTIVATION_LARGEST = 127
ACTIVATION_ZERO = 128


class Matrix(Protocol):
    """What can be multiplied with."""

    def multiply(self, file: GraphFile, operand: str, out: str) -> str:
        """Add the nodes of a product with `operand`; gives the name of its result."""
        ...


class Table(Matrix, Protocol):
    """What can be looked up in as well."""

    def look_up(self, file: GraphFile, ids: str, out: str) -> str:
        """Add the nodes that give the rows named by `ids`; gives the name of their result."""
        ...


def store(file: GraphFile, name: str, shape: tuple[int, int], rows: Rows, form: Form, *, bias: str = "") -> Matrix:
    """Write a matrix of shape (outputs, inputs), given as consecutive pieces of its rows."""
    if not isinstance(form, Channels):
        return store_table(file, name, shape, rows, form, bias=bias)
    pieces = [to_channels(piece, form) for piece in rows]
    # The activations' own scale, by which the integers of a row are to be divided, is taken into the weights'.
    scales = np.concatenate([scale / np.float32(ACTIVATION_LARGEST) for _, scale in pieces])
    weights = file.large(name, shape[::-1], [np.concatenate([integers for integers, _ in pieces], axis=1)])
    zero = "" if form.bits == 7 else file.small(f"{name}.zero", np.full(shape[0], 128, np.uint8))
    return ChannelMatrix(weights, file.large(f"{name}.scales", scales.shape, [scales]), zero, bias)


def store_table(
    file: GraphFile, name: str, shape: tuple[int, int], rows: Rows, form: Float32 | Float16 | Blocks, *, bias: str = ""
) -> Table:
    """Write a matrix in a form that keeps its rows together."""
    if isinstance(form, Float16):
        return FloatMatrix(file.large(name, shape, (piece.astype(np.float16) for piece in rows)), bias)
    if not isinstance(form, Blocks):
        return FloatMatrix(file.large(name, shape, rows), bias)
    scales: list[NDArray[np.float32]] = []

    def integers() -> Iterator[NDArray[np.uint8]]:
        for piece in rows:
            packed, scale = to_blocks(piece, form)
            scales.append(scale)
            yield packed

    outputs, blocks = shape[0], shape[1] // form.block
    weights = file.large(name, (outputs, blocks, form.block * form.bits // 8), integers())
    return BlockMatrix(shape, form, weights, file.large(f"{name}.scales", (outputs, blocks), scales), bias)


@dataclass(frozen=True, slots=True)
class FloatMatrix:
    """Float32 or float16."""

    weights: str
    bias: str

    def multiply(self, file: GraphFile, operand: str, out: str) -> str:
        """Add the nodes of a product with `operand`; gives the name of its result."""
        product = f"{out}.product" if self.bias else out
        file.node("FusedMatMul", [operand, self.weights], [product], domain=CONTRIB, transB=1)
        return file.node("Add", [product, self.bias], [out]) if self.bias else product

    def look_up(self, file: GraphFile, ids: str, out: str) -> str:
        """Add the nodes that give the rows named by `ids`; gives the name of their result."""
        return file.node("Gather", [self.weights, ids], [out])


@dataclass(frozen=True, slots=True)
class BlockMatrix:
    """Integers of 4 or 8 bits with a scale for each block; `shape` is (outputs, inputs)."""

    shape: tuple[int, int]
    form: Blocks
    weights: str
    scales: str
    bias: str

    def multiply(self, file: GraphFile, operand: str, out: str) -> str:
        """Add the nodes of a product with `operand`; gives the name of its result."""
        return file.node(
            "MatMulNBits",
            [operand, self.weights, self.scales, "", "", self.bias],
            [out],
            domain=CONTRIB,
            N=self.shape[0],
            K=self.shape[1],
            bits=self.form.bits,
            block_size=self.form.block,
            accuracy_level=INT8_ACTIVATIONS,
        )

    def look_up(self, file: GraphFile, ids: str, out: str) -> str:
        """Add the nodes that give the rows named by `ids`; gives the name of their result."""
        flat = (self.shape[0], self.shape[1] * self.form.bits // 8)
        return file.node(
            "GatherBlockQuantized",
            [file.again(f"{self.weights}.rows", self.weights, flat), ids, self.scales],
            [out],
            domain=CONTRIB,
            bits=self.form.bits,
            block_size=self.form.block,
            gather_axis=0,
            quantize_axis=1,
        )


@dataclass(frozen=True, slots=True)
class ChannelMatrix:
    """Integers (inputs, outputs) with a scale for each output, which meet rows of activations scaled to 8 bits each."""

    weights: str
    scales: str
    zero: str
    bias: str

    def multiply(self, file: GraphFile, operand: str, out: str) -> str:
        """Add the nodes of a product with `operand`; gives the name of its result.

        A row of zeros divides zero by zero, and its garbage integers are multiplied by zero in the end. The axis counts
        from the front: counted from the back, ReduceMax gives no rows another shape than some.
        """
        zero = file.small("activation.zero", np.array(ACTIVATION_ZERO, np.uint8))
        step = file.small("activation.step", np.array(1 / ACTIVATION_LARGEST, np.float32))
        one, inputs = file.small("one", np.array(1, np.float32)), file.small("inputs_axis", np.array([2]))
        magnitudes = file.node("Abs", [operand], [f"{out}.magnitudes"])
        peak = file.node("ReduceMax", [magnitudes, inputs], [f"{out}.peak"], keepdims=1)
        unit = file.node("Div", [operand, peak], [f"{out}.unit"])
        integers = file.node("QuantizeLinear", [unit, step, zero], [f"{out}.integers"])
        operands = [integers, self.weights, one, self.scales, zero, self.zero]
        scaled = file.node("MatMulIntegerToFloat", operands, [f"{out}.scaled"], domain=CONTRIB)
        if not self.bias:
            return file.node("Mul", [scaled, peak], [out])
        return file.node("Add", [file.node("Mul", [scaled, peak], [f"{out}.product"]), self.bias], [out])
