"""Products over a square of cores, in cycles: matrix by vector (MeshGEMV) and matrix by matrix (MeshGEMM).

Invariant: every core holds its tile throughout; a product costs what the slowest core computes and what its lines
exchange. Both follow WaferLLM (arXiv 2502.04563, sections 4 and 5) as its public kernels write it down.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from hardware.wafer.collectives import allreduce, shift
from hardware.wafer.cost import Cost, Cycles
from hardware.wafer.vector import ELEMENT_BYTES, looped, operation, stream_cycles

if TYPE_CHECKING:
    from hardware.wafer.region import Region
    from hardware.wafer.spec import WaferSpec

TWO_HOPS = 2
"""How far a tile travels in a step of MeshGEMM: neighbours in the ring are at most two cores apart in the line."""


@dataclass(frozen=True, slots=True)
class Tile:
    """What a core holds for MeshGEMM: `rows` x `inner` of the left matrix, `inner` x `columns` of the right one."""

    rows: int
    inner: int
    columns: int


def words(spec: WaferSpec, elements: int) -> int:
    """Give the words of a link that `elements` take."""
    return math.ceil(elements * ELEMENT_BYTES / spec.link_bytes_per_cycle)


def local_gemv(region: Region, rows: int, columns: int, *, vectors: int = 1) -> Cost:
    """Cost every core multiplying a vector of `rows` with its tile of `rows` x `columns`; `vectors` of them in turn.

    The result is cleared first; then one step of a loop for each of the tile's rows.
    """
    spec, cores = region.spec, region.cores
    clearing = operation(spec, columns, cores, reads=0)
    return (clearing + looped(spec, rows, columns, cores)).repeated(vectors)


def gemv(region: Region, rows: int, columns: int, *, vectors: int = 1) -> Cost:
    """Cost MeshGEMV with a tile of `rows` x `columns` for each core; `vectors` vectors share one all-reduce.

    Each core multiplies, then the lines add up and every core of a line gets the sum.
    """
    exchanged = words(region.spec, columns * vectors)
    local = local_gemv(region, rows, columns, vectors=vectors)
    return local + allreduce(region.spec, region.side, region.groups, exchanged, lines=region.side)


def gemm(region: Region, tile: Tile) -> Cost:
    """Cost MeshGEMM: `side` steps, in which cores multiply their tiles while the next ones come from two hops away.

    The skew that aligns the tiles beforehand takes half a shift a step, which is in the step's constant.
    """
    return gemm_step(region, tile).repeated(region.side) + operation(
        region.spec, tile.rows * tile.columns, region.cores, reads=0
    )


def gemm_step(region: Region, tile: Tile) -> Cost:
    """Cost one step of MeshGEMM: for each inner index an outer product, its columns by one loop in hardware.

    Tiles move while the core computes; what of that takes longer is waited for.
    """
    spec = region.spec
    products = tile.inner * tile.columns
    streaming = products * stream_cycles(spec, tile.rows)
    overhead = spec.gemm_step_cycles + tile.inner * spec.gemm_row_cycles + products * spec.step_cycles
    # Both tiles leave by the same ramp.
    sent = words(spec, tile.rows * tile.inner) + words(spec, tile.inner * tile.columns)
    waiting = max(0.0, shift(spec, TWO_HOPS, sent) - streaming - overhead)
    return Cost(Cycles(streaming), Cycles(waiting), Cycles(overhead), busy=streaming * region.cores)
