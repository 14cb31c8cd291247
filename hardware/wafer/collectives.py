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

from hardware.wafer.cost import NOTHING, Cost, Cycles

if TYPE_CHECKING:
    from hardware.wafer.spec import WaferSpec


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
    return Cycles(max(words * (cores - 1), words + (cores - 1) * spec.hop_cycles) + _depth_cycles(spec))


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
class Sides:
    """What lies before and after the core in a line where sums meet."""

    before: int
    after: int


@dataclass(frozen=True, slots=True)
class KTree:
    """Where sums meet in a K-tree over a line (K = 2): in the middle of each group, then in the middle group's.

    Groups have `size` cores each, the last one perhaps fewer. `group` are the cores around a group's root, `roots` the
    groups' roots around that of the line, `line` the cores around that one.
    """

    size: int
    group: Sides
    roots: Sides
    line: Sides


def k_tree(cores: int, groups: int) -> KTree:
    """Lay a K-tree out over a line of `cores`."""
    size = math.ceil(cores / groups)
    groups = math.ceil(cores / size)
    middle, half = groups // 2, size // 2
    root = min(middle * size + half, cores - 1)
    return KTree(size, Sides(half, size - 1 - half), Sides(middle, groups - 1 - middle), Sides(root, cores - 1 - root))


def _meet(spec: WaferSpec, sides: Sides, spacing: int, words: int) -> Cost:
    """Let sums come to a root along cores `spacing` apart; it takes those from after it, then those from before.

    Two instructions take them, so the second starts when the first is through.
    """
    if not sides.before:
        return NOTHING
    stage = spacing * spec.hop_cycles + spec.stage_cycles
    first = sides.after * stage + words + spec.operation_cycles if sides.after else 0.0
    moving = max(first, sides.before * stage) + words - 1
    return Cost(communication=Cycles(moving), overhead=Cycles(spec.operation_cycles))


def k_tree_reduce(spec: WaferSpec, cores: int, groups: int, words: int, lines: int = 1) -> Cost:
    """Sum over a line of `cores`, left in its middle, on `lines` lines at once, by a K-tree of `groups` groups."""
    if cores == 1:
        return Cost()
    laid = k_tree(cores, groups)
    adding = Cost(busy=float(words * (cores - 1) * lines))
    return adding + _meet(spec, laid.group, 1, words) + _meet(spec, laid.roots, laid.size, words)


def allreduce(spec: WaferSpec, cores: int, groups: int, words: int, lines: int = 1) -> Cost:
    """Sum over a line of `cores`, left in all of them: `k_tree_reduce`, and a broadcast from the middle.

    The middle sends to what lies before it, then, by another instruction, to what lies after it.
    """
    if cores == 1:
        return Cost()
    reach = k_tree(cores, groups).line
    later = reach.after * spec.hop_cycles + words + spec.operation_cycles if reach.after else 0.0
    moving = max(reach.before * spec.hop_cycles, later) + words - 1
    outwards = Cost(communication=Cycles(moving), overhead=Cycles(spec.operation_cycles))
    return k_tree_reduce(spec, cores, groups, words, lines) + outwards
