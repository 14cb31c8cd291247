"""Public models by name: their shapes, and the operations that a decoder of such a shape is made of.

Invariant: the operations have the names and the order that the graph of the same model has (`graph.py`), so that
nothing behind can tell the two apart. The shapes stand in `architectures.toml`, each with its source.
"""

from __future__ import annotations

import tomllib
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING, Annotated

import msgspec

from hardware.wafer.errors import UnusableModel
from hardware.wafer.workload import Attention, Elementwise, Lookup, Normalisation, Projection, Workload

if TYPE_CHECKING:
    from collections.abc import Iterator

    from hardware.wafer.workload import Operation, Positions

IN_HALVES = "-fp16"
"""What the name of a bundle in float16 ends in, behind that of its model."""

Size = Annotated[int, msgspec.Meta(ge=1)]


class ServiceSpeed(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a service on such hardware was announced to give a single user; `note` says what is mixed into it."""

    tokens_per_s: Annotated[float, msgspec.Meta(gt=0)]
    note: str
    source: str


class Architecture(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The shape of a decoder with gated feed-forward and grouped queries; the fields stand in `architectures.toml`."""

    title: str
    source: str
    parameters: Size
    layers: Size
    width: Size
    ffn_width: Size
    heads: Size
    kv_heads: Size
    head_dim: Size
    vocabulary: Size
    context_tokens: Size
    tied: bool
    bias: bool = False
    head_norm: bool = False
    services: tuple[ServiceSpeed, ...] = ()


@cache
def architectures() -> dict[str, Architecture]:
    """Give all of them, smallest family first as the file has them."""
    text = resources.files("hardware.wafer").joinpath("architectures.toml").read_text("utf-8")
    return msgspec.convert(tomllib.loads(text), dict[str, Architecture])


def find_architecture(name: str) -> Architecture:
    """Look a model up. Raises UnusableModel, which lists those there are."""
    try:
        return architectures()[name.lower()]
    except KeyError:
        raise UnusableModel(
            f"There is no model {name!r}: take a bundle's folder, or one of {', '.join(architectures())}."
        ) from None


def shares_table(name: str) -> bool:
    """Tell whether the published shape of a model has one matrix for embedding and head; False for any other model."""
    shape = architectures().get(name.lower().removesuffix(IN_HALVES))
    return shape is not None and shape.tied


def workload_of(name: str, shape: Architecture) -> Workload:
    """Make the operations of one step of a model of that shape."""
    return Workload(
        name=name,
        source=f"shape of {shape.source}",
        context_tokens=shape.context_tokens,
        operations=tuple(_operations(shape)),
    )


def _operations(shape: Architecture) -> Iterator[Operation]:
    yield Lookup(name="embedding", vocabulary=shape.vocabulary, width=shape.width, tied=shape.tied)
    for layer in range(shape.layers):
        last = layer == shape.layers - 1
        yield from _attention(f"blk.{layer}", shape, residual=layer > 0, positions="wanted" if last else "new")
        yield from _feed_forward(f"blk.{layer}", shape, positions="wanted" if last else "new")
    yield Normalisation(name="output_norm", positions="wanted", width=shape.width, residual=True)
    yield Projection(name="head", positions="wanted", inputs=shape.width, outputs=shape.vocabulary)


def _attention(block: str, shape: Architecture, *, residual: bool, positions: Positions) -> Iterator[Operation]:
    """Make the attention half of a block; the cache is filled for every new position, also where none is wanted."""
    mixed, kv_width = shape.heads * shape.head_dim, shape.kv_heads * shape.head_dim
    qkv_width = mixed + 2 * kv_width
    yield Normalisation(name=f"{block}.attn_norm", width=shape.width, residual=residual)
    yield Projection(name=f"{block}.qkv", inputs=shape.width, outputs=qkv_width, parts=(mixed, kv_width, kv_width))
    if shape.bias:
        yield Elementwise(name=f"{block}.qkv.out", function="Add", width=qkv_width, bias=True)
    if shape.head_norm:
        for part, vectors in (("q", shape.heads), ("k", shape.kv_heads)):
            yield Normalisation(name=f"{block}.{part}_norm", width=shape.head_dim, vectors=vectors)
    yield Attention(
        name=f"{block}.attention", heads=shape.heads, kv_heads=shape.kv_heads, head_dim=shape.head_dim, rotary=True
    )
    yield Projection(name=f"{block}.output", positions=positions, inputs=mixed, outputs=shape.width)


def _feed_forward(block: str, shape: Architecture, positions: Positions) -> Iterator[Operation]:
    width, hidden = shape.width, shape.ffn_width
    yield Normalisation(name=f"{block}.ffn_norm", positions=positions, width=width, residual=True)
    yield Projection(
        name=f"{block}.gate_up", positions=positions, inputs=width, outputs=2 * hidden, parts=(hidden, hidden)
    )
    yield Elementwise(name=f"{block}.gate.activated", positions=positions, function="QuickGelu", width=hidden)
    yield Elementwise(name=f"{block}.gated", positions=positions, function="Mul", width=hidden)
    yield Projection(name=f"{block}.down", positions=positions, inputs=hidden, outputs=width)
