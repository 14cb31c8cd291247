"""Collectives over a line of cores, in cycles: closed forms, each a pure function of a device and three numbers.

Invariant: a word takes `hop_cycles` a link, a link takes one word a cycle, and a core that passes words on adds to each
one's latency, not to their distance. `words` are 32-bit words for each core.

Reduce (star, chain, tree, two-phase), broadcast and ring are those of Luczynski et al., "Near-Optimal Wafer-Scale
Reduce", HPDC'24, arXiv 2404.15888: T = max(contention, energy / links + distance) + (2 T_R + 1) depth, with T_R the
ramp. The K-tree is that of WaferLLM's MeshGEMV (arXiv 2502.04563, section 5; K = 2), read from the public kernels
(MeshInfra/WaferLLM): cores of a group add up towards its middle, the groups' middles towards that of the line, and
from there the sum is broadcast.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from hardware.wafer.cost import Cost, Cycles

if TYPE_CHECKING:
    from collections.abc import Callable

    from hardware.wafer.spec import WaferSpec

K_TREE_OPERATIONS = 3
"""Vector instructions on a K-tree's critical path: adding in the group, adding across groups, broadcasting."""


def _depth_cycles(spec: WaferSpec) -> float:
    """Give the cycles of one more core on a message's way: up its ramp, through it, down again."""
    return 2 * spec.ramp_cycles + 1


def broadcast(spec: WaferSpec, cores: int, words: int) -> Cycles:
    """Go from one end of a line to all of it: the router copies on the way, so the distance counts once."""
    if cores == 1:
        return Cycles(0.0)
    return Cycles(words + (cores - 1) * spec.hop_cycles + _depth_cycles(spec))


def star(spec: WaferSpec, cores: int, words: int) -> Cycles:
    """Let every core send straight to the first one, which takes a word a cycle."""
    if cores == 1:
        return Cycles(0.0)
    return Cycles(max(words * (cores - 1), words * cores / 2 + (cores - 1) * spec.hop_cycles) + _depth_cycles(spec))


def chain(spec: WaferSpec, cores: int, words: int) -> Cycles:
    """Let every core add its own to what comes from its neighbour, and pass it on."""
    if cores == 1:
        return Cycles(0.0)
    return Cycles(words + (cores - 1) * (spec.hop_cycles + _depth_cycles(spec)))


def tree(spec: WaferSpec, cores: int, words: int) -> Cycles:
    """Halve in each round: every other core that is left sends to its neighbour that is left."""
    if cores == 1:
        return Cycles(0.0)
    rounds = math.ceil(math.log2(cores))
    links = cores - 1
    moving = words * cores * rounds / (2 * links) + links * spec.hop_cycles
    return Cycles(max(words * rounds, moving) + _depth_cycles(spec) * rounds)


def two_phase(spec: WaferSpec, cores: int, words: int) -> Cycles:
    """Run chains within groups of about the square root of the line, then one chain over the groups' first cores."""
    if cores == 1:
        return Cycles(0.0)
    group = max(1, round(math.sqrt(cores)))
    groups = math.ceil(cores / group)
    links = cores - 1
    energy = words * (groups * (group - 1) + (groups - 1) * group)
    depth = (group - 1) + (groups - 1)
    return Cycles(max(2 * words, energy / links + links * spec.hop_cycles) + _depth_cycles(spec) * depth)


REDUCES: dict[str, Callable[[WaferSpec, int, int], Cycles]] = {
    "star": star,
    "chain": chain,
    "tree": tree,
    "two-phase": two_phase,
}
"""Ways to reduce to the first core of a line."""


def best_reduce(spec: WaferSpec, cores: int, words: int) -> tuple[str, Cycles]:
    """Find the cheapest way to reduce: its name and its cycles."""
    costs = {name: reduce(spec, cores, words) for name, reduce in REDUCES.items()}
    name = min(costs, key=lambda each: costs[each])
    return name, costs[name]


def ring(spec: WaferSpec, cores: int, words: int) -> Cycles:
    """Go around a ring that is folded into the line, for an all-reduce: 2 (P - 1) rounds of words / P each."""
    if cores == 1:
        return Cycles(0.0)
    rounds = 2 * (cores - 1)
    return Cycles(rounds * words / cores + (4 * cores - 6) * spec.hop_cycles + rounds * _depth_cycles(spec))


def shift(spec: WaferSpec, hops: int, words: int) -> Cycles:
    """Let every core send its words `hops` cores further, all at once."""
    return Cycles(words + hops * spec.hop_cycles + 2 * spec.ramp_cycles)


@dataclass(frozen=True, slots=True)
class KTree:
    """Where the stages of a K-tree over a line lie (K = 2): stages in a group, stages across groups, and hops.

    The line's `groups` groups have `ceil(cores / groups)` cores each, the last one perhaps fewer; a group's root is
    the core in its middle, the line's root that of the middle group.
    """

    group_stages: int
    line_stages: int
    hops: int

    @property
    def stages(self) -> int:
        """How often the sum is taken into a core, added to and passed on, on its longest way."""
        return self.group_stages + self.line_stages


def k_tree(cores: int, groups: int) -> KTree:
    """Lay a K-tree out over a line of `cores`."""
    size = math.ceil(cores / groups)
    groups = math.ceil(cores / size)
    middle = groups // 2
    root = min(middle * size + size // 2, cores - 1)
    reach = max(root, cores - 1 - root)
    return KTree(size // 2, middle, hops=size // 2 + middle * size + reach)


def allreduce(spec: WaferSpec, cores: int, groups: int, words: int, lines: int = 1) -> Cost:
    """Sum over a line of `cores`, left in all of them, on `lines` lines at once, by a K-tree of `groups` groups.

    Every phase streams its words: the first one's latency, and a cycle for each further one.
    """
    if cores == 1:
        return Cost()
    tree_ = k_tree(cores, groups)
    streaming = K_TREE_OPERATIONS * (words - 1)
    moving = tree_.hops * spec.hop_cycles + tree_.stages * spec.stage_cycles + streaming
    return Cost(
        communication=Cycles(moving),
        overhead=Cycles(K_TREE_OPERATIONS * spec.operation_cycles),
        busy=float(words * (cores - 1) * lines),
    )
