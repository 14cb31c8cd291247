"""What each operator of a decoder costs on a region, as the public decode and prefill kernels compute it.

Invariant: each function is pure, takes shapes as they are given, and counts what the kernel executes on the critical
path: vector instructions, loops, functions of single elements, collectives. Weights are 16 bit and never move.

A layer's activations lie cut over one axis and are the same along the other; every projection reduces along the axis
it was cut over and leaves its result cut over the other, so nothing is transposed (WaferLLM, arXiv 2502.04563,
section 4; the order of operations is that of `decode.csl` and `prefill.csl` in MeshInfra/WaferLLM).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from hardware.wafer.collectives import allreduce, broadcast, shift
from hardware.wafer.cost import Cost, Cycles, total
from hardware.wafer.products import TWO_HOPS, Tile, gemm, gemm_step, local_gemv, words
from hardware.wafer.vector import function, operation

if TYPE_CHECKING:
    from hardware.wafer.region import Region

ARGMAX_WORDS = 2
"""A logit and where it stands."""


@dataclass(frozen=True, slots=True)
class Batch:
    """Tokens that go through a layer together.

    Decoding, every core sees all of them (`spread` False): matrix by vector, once for each, with collectives shared.
    Prefilling, they are cut over one axis (`spread` True): matrix by matrix.
    """

    tokens: int = 1
    spread: bool = False

    def held(self, region: Region) -> int:
        """How many of them a core works on."""
        return region.share(self.tokens) if self.spread else self.tokens


ONE = Batch()


@dataclass(frozen=True, slots=True)
class Heads:
    """How attention is split up. `query` heads share `key_value` heads of `size` elements each."""

    query: int
    key_value: int
    size: int


def _start(region: Region) -> Cost:
    """Cost an operator before it does anything: its descriptors are set to other places and other lengths."""
    return Cost(overhead=Cycles(region.spec.operator_cycles))


def projection(region: Region, batch: Batch, inputs: int, *outputs: int) -> Cost:
    """Cost products of one input with matrices of `inputs` x each of `outputs`; decoding, they share an all-reduce."""
    if batch.spread:
        rows, inner = batch.held(region), region.share(inputs)
        return _start(region) + total(*(gemm(region, Tile(rows, inner, region.share(width))) for width in outputs))
    rows, widths = region.share(inputs), [region.share(width) for width in outputs]
    local = total(*(local_gemv(region, rows, width, vectors=batch.tokens) for width in widths))
    return _start(region) + local + _along(region, batch.tokens * sum(widths))


def normalisation(region: Region, batch: Batch, width: int, parts: int = 1) -> Cost:
    """Cost RMS: square, add up, all-reduce, times the weight, times 1 / root.

    With `parts`, each of as many heads by itself: it is added up over no more columns than share it.
    """
    held, spec, cores = batch.held(region), region.spec, region.cores
    elements, sums = region.share(width), region.share(parts) * held
    columns = math.ceil(region.side / parts)
    return total(
        _start(region),
        operation(spec, elements * held, cores),
        operation(spec, elements, cores, times=sums, reads=1, writes=0),
        _within(region, columns, words(spec, sums)),
        function(spec, sums, cores, times=2),
        operation(spec, elements, cores, times=2 * held),
    )


def rotary(region: Region, batch: Batch, *widths: int) -> Cost:
    """Cost turning pairs in each of the vectors (queries, keys): four products, a difference and a sum a token."""
    held, spec = batch.held(region), region.spec
    pairs = [math.ceil(region.share(width) / 2) for width in widths]
    return _start(region) + total(*(operation(spec, count, region.cores, times=6 * held) for count in pairs))


@dataclass(frozen=True, slots=True)
class _Attention:
    """What of the attention one core has: its part of the keys and values of some heads, for some positions."""

    heads: int  # key and value heads with a part in one column of cores
    queries: int  # query heads for each of them
    depth: int  # elements of their keys that the core holds, all together
    positions: int
    columns: int  # over how many a head's elements are cut

    @property
    def scores(self) -> int:
        """For one token."""
        return self.heads * self.queries * self.positions


def _split(region: Region, heads: Heads, context: int) -> _Attention:
    return _Attention(
        heads=region.share(heads.key_value),
        queries=math.ceil(heads.query / heads.key_value),
        depth=region.share(heads.key_value * heads.size),
        positions=region.share(context),
        columns=math.ceil(region.side / heads.key_value),
    )


def score(region: Region, batch: Batch, heads: Heads, context: int) -> Cost:
    """Cost queries by keys, for all positions of the context, scaled; added up over the columns that share a head."""
    mine = _split(region, heads, context)
    held = batch.held(region)
    scaling = operation(region.spec, mine.scores * held, region.cores, reads=1)
    exchanged = words(region.spec, mine.scores * held)
    if batch.spread:
        tile = Tile(held * mine.queries, mine.depth, mine.positions)
        step = gemm_step(region, tile) + _row_reduce(region, mine.columns, exchanged)
        return _start(region) + step.repeated(region.side) + scaling
    local = local_gemv(region, mine.depth, mine.positions, vectors=mine.queries * held)
    return _start(region) + local + _within(region, mine.columns, exchanged) + scaling


def softmax(region: Region, batch: Batch, heads: Heads, context: int) -> Cost:
    """Cost a maximum and its all-reduce, difference, exp, sum and its all-reduce, times 1 / sum."""
    mine, held, spec, cores = _split(region, heads, context), batch.held(region), region.spec, region.cores
    rows = mine.heads * mine.queries * held
    reducing = operation(spec, mine.positions, cores, times=rows, reads=1, writes=0)
    changing = operation(spec, mine.positions, cores, times=rows, reads=1)
    return total(
        _start(region),
        reducing,
        _along(region, rows),
        changing,
        function(spec, mine.scores * held, cores),
        reducing,
        _along(region, rows),
        function(spec, rows, cores),
        changing,
    )


def mix(region: Region, batch: Batch, heads: Heads, context: int) -> Cost:
    """Cost probabilities by values, added up over the positions."""
    mine, held = _split(region, heads, context), batch.held(region)
    if batch.spread:
        return _start(region) + gemm(region, Tile(held * mine.queries, mine.positions, mine.depth))
    local = local_gemv(region, mine.positions, mine.depth, vectors=mine.queries * held)
    return _start(region) + local + _along(region, mine.queries * held * mine.depth)


def gating(region: Region, batch: Batch, width: int) -> Cost:
    """Cost SiLU of the gate (exp, then 1 / x, of each element) times the other half."""
    elements = region.share(width) * batch.held(region)
    spec, cores = region.spec, region.cores
    return _start(region) + function(spec, elements, cores, times=2) + operation(spec, elements, cores)


def residual(region: Region, batch: Batch, width: int) -> Cost:
    """Cost adding what came in to what was computed."""
    return _start(region) + operation(region.spec, region.share(width) * batch.held(region), region.cores)


def embedding(region: Region, batch: Batch, width: int) -> Cost:
    """Cost looking tokens' rows up in the lines of cores that hold them, and broadcasting them along the other axis."""
    exchanged = words(region.spec, region.share(width) * batch.held(region))
    waiting = broadcast(region.spec, region.side, exchanged)
    return _start(region) + Cost(communication=waiting, overhead=Cycles(2 * region.spec.operation_cycles))


def head(region: Region, batch: Batch, width: int, vocabulary: int) -> Cost:
    """Cost the logits of every token, and finding which is largest."""
    held = batch.held(region)
    largest = operation(region.spec, region.share(vocabulary), region.cores, times=held, reads=1, writes=0)
    return projection(region, batch, width, vocabulary) + largest + _along(region, 2 * ARGMAX_WORDS * held)


def hand_over(region: Region, batch: Batch, width: int) -> Cost:
    """Cost sending a layer's result to the region beside it, where every core's counterpart takes it."""
    exchanged = words(region.spec, region.share(width) * batch.held(region))
    moving = shift(region.spec, region.side, exchanged)
    return _start(region) + Cost(communication=moving, overhead=Cycles(2 * region.spec.operation_cycles))


def _along(region: Region, elements: int) -> Cost:
    """Cost an all-reduce along the whole of a line."""
    return allreduce(region.spec, region.side, region.groups, words(region.spec, elements), lines=region.side)


def _within(region: Region, columns: int, exchanged: int) -> Cost:
    """Cost an all-reduce among the columns that share a head, in as many groups as make both phases about as long."""
    if columns == region.side:
        return allreduce(region.spec, columns, region.groups, exchanged, lines=region.side)
    return allreduce(region.spec, columns, max(1, math.isqrt(columns)), exchanged, lines=region.side)


def _row_reduce(region: Region, columns: int, exchanged: int) -> Cost:
    """Cost adding up towards the core of a row that keeps this step's scores, core by core (`matmul_T_reduce_add_x`).

    That core moves by two a step, and sums under way follow each other: a step waits for the two further stages and
    for the words to pass, not for the whole row.
    """
    if columns == 1:
        return Cost()
    spec = region.spec
    moving = TWO_HOPS * (spec.hop_cycles + spec.stage_cycles) + exchanged - 1
    return Cost(communication=Cycles(moving), overhead=Cycles(spec.operation_cycles))
