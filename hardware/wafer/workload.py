"""What a decoder computes in one step, as a list of operations in the order in which they run.

Invariant: an operation says what is computed and on how many positions, never where or how fast; the same model gives
the same list whether it was read from its graph (`graph.py`) or made from its published shape (`architecture.py`).

A step works on T new positions; what only the wanted logits need is computed for R of them.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal, TypeAlias

Positions: TypeAlias = Literal["new", "wanted"]
"""What an operation is repeated for: the T new positions of a step, or the R of them whose logits are wanted."""

_LAYER = re.compile(r"(?:^|[./])(?:blk|layers?|h|blocks?)[./](\d+)[./]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """One operation; `name` tells the layer where it belongs to one: `blk.3.down`."""

    name: str
    positions: Positions = "new"

    @property
    def layer(self) -> int | None:
        """The layer's number; None before the first layer and behind the last."""
        found = _LAYER.search(self.name)
        return int(found[1]) if found else None

    @property
    def role(self) -> str:
        """The first part of the name within the layer, by which a budget sums up: `down`."""
        found = _LAYER.search(self.name)
        return self.name[found.end() if found else 0 :].split(".")[0]

    @property
    def weights(self) -> int:
        """How many weights it holds."""
        return 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Lookup(Operation):
    """One row of a table of `vocabulary` rows for each position; `tied` where the head holds the same weights."""

    vocabulary: int
    width: int
    tied: bool

    @property
    def weights(self) -> int:
        """A tied table is stored once, with the head."""
        return 0 if self.tied else self.vocabulary * self.width


@dataclass(frozen=True, slots=True, kw_only=True)
class Projection(Operation):
    """A vector of `inputs` times a matrix of `inputs` x `outputs`.

    `parts` says into which widths the result is cut where it is cut: matrices that a graph stores as one.
    """

    inputs: int
    outputs: int
    parts: tuple[int, ...] = ()

    @property
    def widths(self) -> tuple[int, ...]:
        """Of each matrix's result; together they are the `outputs`."""
        return self.parts or (self.outputs,)

    @property
    def weights(self) -> int:
        """Inputs x outputs."""
        return self.inputs * self.outputs


@dataclass(frozen=True, slots=True, kw_only=True)
class Attention(Operation):
    """Fused attention over what the cache holds: rotation, scores, softmax and mix, the new keys and values stored."""

    heads: int
    kv_heads: int
    head_dim: int
    rotary: bool

    @property
    def kv_width(self) -> int:
        """Elements of the keys of one position, which the values have as well."""
        return self.kv_heads * self.head_dim


@dataclass(frozen=True, slots=True, kw_only=True)
class Normalisation(Operation):
    """Division of `vectors` of `width` by their root mean square, where `residual` says so after one is added to it."""

    width: int
    residual: bool = False
    vectors: int = 1

    @property
    def weights(self) -> int:
        """One for each element, the same for all vectors."""
        return self.width


@dataclass(frozen=True, slots=True, kw_only=True)
class Elementwise(Operation):
    """`function` (ONNX's name of it) of each of `width` elements; `bias` where one operand is weights."""

    function: str
    width: int
    bias: bool = False

    @property
    def weights(self) -> int:
        """One for each element of a bias."""
        return self.width if self.bias else 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Unknown(Operation):
    """An operator that nothing is known of but what goes in and out, in elements for each position, and its weights."""

    operator: str
    inputs: int
    outputs: int
    held: int

    @property
    def weights(self) -> int:
        """All that it has as constant operands."""
        return self.held


@dataclass(frozen=True, slots=True, kw_only=True)
class Workload:
    """A model: its operations and where they are known from; `context_tokens` is the most that it was made for."""

    name: str
    source: str
    context_tokens: int
    operations: tuple[Operation, ...]

    @property
    def layers(self) -> int:
        """How many layers it has."""
        return len({each.layer for each in self.operations} - {None})

    @property
    def weights(self) -> int:
        """Of all operations together."""
        return sum(each.weights for each in self.operations)

    @property
    def unknown(self) -> tuple[Unknown, ...]:
        """The operators that only an upper bound can be given for."""
        return tuple(each for each in self.operations if isinstance(each, Unknown))
