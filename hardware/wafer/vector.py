"""Work that a core does by itself, in cycles: vector instructions, loops of them, functions of single elements.

Invariant: nothing is faster than its operands come out of memory or than the arithmetic unit is wide. A core reads and
writes so many bytes a cycle (two 64-bit reads and one 64-bit write, Hot Chips 34), so an instruction with two operands
and a result does four 16-bit elements, whatever the width of the unit.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from hardware.wafer.cost import Cost, Cycles

if TYPE_CHECKING:
    from hardware.wafer.spec import WaferSpec

ELEMENT_BYTES = 2
"""Weights, activations and caches are 16-bit floating point, as in the kernels that were measured."""


def elements_per_cycle(spec: WaferSpec, *, reads: int = 2, writes: int = 1) -> float:
    """Give the elements an instruction does in a cycle, when each takes `reads` operands and gives `writes` results."""
    bounds = [float(spec.simd_lanes)]
    if reads:
        bounds.append(spec.read_bytes_per_cycle / (ELEMENT_BYTES * reads))
    if writes:
        bounds.append(spec.write_bytes_per_cycle / (ELEMENT_BYTES * writes))
    return min(bounds)


def stream_cycles(spec: WaferSpec, elements: int, *, reads: int = 2, writes: int = 1) -> Cycles:
    """Give the cycles for a vector of `elements` to pass through the arithmetic unit."""
    return Cycles(float(math.ceil(elements / elements_per_cycle(spec, reads=reads, writes=writes))))


def operation(spec: WaferSpec, elements: int, cores: int, *, times: int = 1, reads: int = 2, writes: int = 1) -> Cost:
    """Cost `times` vector instructions over `elements` elements a core, on `cores` cores at once."""
    streaming = stream_cycles(spec, elements, reads=reads, writes=writes) * times
    return Cost(
        compute=Cycles(streaming), overhead=Cycles(spec.operation_cycles * times), busy=float(streaming * cores)
    )


def looped(spec: WaferSpec, steps: int, elements: int, cores: int) -> Cost:
    """Cost a multiply-add of `elements` elements, repeated `steps` times by one loop in hardware.

    A step takes one row of a matrix. The accumulator and the row are read, the accumulator is written. The loop is
    set up once.
    """
    streaming = steps * stream_cycles(spec, elements)
    overhead = spec.operation_cycles + steps * spec.step_cycles
    return Cost(compute=Cycles(streaming), overhead=Cycles(overhead), busy=streaming * cores)


def function(spec: WaferSpec, elements: int, cores: int, *, times: int = 1) -> Cost:
    """Cost `times` functions such as exp or 1 / x of `elements` elements a core, one element after another."""
    computing = spec.function_cycles * elements * times
    return Cost(compute=Cycles(computing), busy=computing * cores)
