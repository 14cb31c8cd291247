"""A square of cores that work on one thing, and how a vector is cut over it.

Invariant: a region lies within its device's fabric, and its K-tree's groups are cores that it has. Shapes are taken as
they are: what does not divide evenly is rounded up for each core, as the kernels pad it, and nothing else is changed.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from hardware.wafer.errors import DoesNotFit

if TYPE_CHECKING:
    from hardware.wafer.spec import WaferSpec


@dataclass(frozen=True, slots=True)
class Region:
    """`side` x `side` cores of a device, whose lines reduce over `groups` groups of neighbours each."""

    spec: WaferSpec
    side: int
    groups: int

    @property
    def cores(self) -> int:
        """How many there are."""
        return self.side * self.side

    def share(self, elements: int) -> int:
        """How many of a vector's elements a core holds, when it is cut over one side: ceil(elements / side)."""
        return -(-elements // self.side)


def make_region(spec: WaferSpec, side: int, groups: int | None = None) -> Region:
    """Take a square of `side` x `side` cores; `groups` defaults to `usual_groups`. Raises DoesNotFit."""
    if side < 1:
        raise DoesNotFit(f"A grid of {side} x {side} cores has none: choose a side of at least 1.")
    if side > spec.columns or side > spec.rows:
        raise DoesNotFit(
            f"A grid of {side} x {side} cores does not fit {spec.title}, which has {spec.columns} x {spec.rows}: "
            f"choose a side of at most {min(spec.columns, spec.rows)}."
        )
    groups = usual_groups(side) if groups is None else groups
    if not 1 <= groups <= side:
        raise DoesNotFit(f"A line of {side} cores cannot have {groups} groups: choose 1 to {side}.")
    return Region(spec, side, groups)


def usual_groups(side: int) -> int:
    """How many groups a line gets: the largest divisor of its length up to the square root, as the public kernels take.

    Their configurations (MeshInfra/WaferLLM and forks, `model_config/*.json`) have 20 of 420 and of 540, 24 of 600, 22
    of 660. Two phases of a K-tree are shortest at the square root; a length without such a divisor takes the root.
    """
    root = math.isqrt(side)
    divisor = next(groups for groups in range(root, 0, -1) if side % groups == 0)
    return divisor if 2 * divisor > root else root
