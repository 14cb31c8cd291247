"""What each core does in a collective, and how its colours are routed: programs for the simulated mesh.

Invariant: written from the collectives' description, core by core, not from their closed forms. A core that takes part
in two flows of one kind uses two colours by turns, as the public kernels do, so that no router has to tell them apart.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from hardware.wafer.mesh import Compute, Direction, Mesh, Place, Stream

if TYPE_CHECKING:
    from collections.abc import Sequence

    from hardware.wafer.cost import Cycles
    from hardware.wafer.spec import WaferSpec


@dataclass(frozen=True, slots=True)
class Line:
    """Cores in a row or a column; `onwards` leads from each to the next, `back` to the one before."""

    places: Sequence[Place]
    onwards: Direction
    back: Direction


def row(cores: int) -> Line:
    """Lay a line from west to east."""
    return Line([(column, 0) for column in range(cores)], Direction.EAST, Direction.WEST)


def column(cores: int, at: int = 0) -> Line:
    """Lay a line from north to south."""
    return Line([(at, down) for down in range(cores)], Direction.SOUTH, Direction.NORTH)


def star(mesh: Mesh, line: Line, words: int) -> None:
    """Everything goes straight to the first core."""
    first, *others = line.places
    mesh.route(first, 0, Direction.RAMP)
    mesh.program(first, Stream(words * len(others), taken=(0,)))
    for place in others:
        mesh.route(place, 0, line.back)
        mesh.program(place, Stream(words, sent=0))


def broadcast(mesh: Mesh, line: Line, words: int) -> None:
    """Everything goes from the first core to all others; routers copy on the way."""
    first, *others = line.places
    mesh.route(first, 0, line.onwards)
    mesh.program(first, Stream(words, sent=0))
    for place in others:
        onwards = () if place is line.places[-1] else (line.onwards,)
        mesh.route(place, 0, Direction.RAMP, *onwards)
        mesh.program(place, Stream(words, taken=(0,)))


def tree(mesh: Mesh, line: Line, words: int) -> None:
    """In each round, cores that are left send to the one that is left before them."""
    reach = len(line.places)
    for index, place in enumerate(line.places):
        colour, distance = 0, 1
        while distance < reach:
            if index % (2 * distance):
                mesh.route(place, colour, line.back)
            else:
                mesh.route(place, colour, Direction.RAMP)
                if index + distance < reach:
                    mesh.program(place, Stream(words, taken=(colour,)))
            if index % (2 * distance) == distance:
                mesh.program(place, Stream(words, sent=colour))
            colour, distance = colour + 1, 2 * distance


def chain(mesh: Mesh, line: Line, words: int, stops: Sequence[int] | None = None, colour: int = 0) -> None:
    """Pass sums back along the `stops` (all cores unless given) to the first of them, each adding its own."""
    stops = range(len(line.places)) if stops is None else stops
    for number, stop in enumerate(stops):
        sent, taken = colour + number % 2, colour + (number + 1) % 2
        is_first, is_last = number == 0, number == len(stops) - 1
        place = line.places[stop]
        mesh.route(place, taken, Direction.RAMP)
        if not is_first:
            mesh.route(place, sent, line.back)
            for between in range(stops[number - 1] + 1, stop):
                mesh.route(line.places[between], sent, line.back)
        if len(stops) > 1:
            mesh.program(place, Stream(words, () if is_last else (taken,), None if is_first else sent))


def two_phase(mesh: Mesh, line: Line, words: int, group: int) -> None:
    """Run a chain in each group of `group` cores to its first, then one over the groups' first cores."""
    cores = len(line.places)
    heads = range(0, cores, group)
    for head in heads:
        chain(mesh, line, words, range(head, min(head + group, cores)))
    chain(mesh, line, words, heads, colour=2)


def k_tree(mesh: Mesh, line: Line, words: int, groups: int) -> None:
    """All-reduce by MeshGEMV's tree: inwards within groups, inwards across their middles, outwards to all."""
    cores = len(line.places)
    size = -(-cores // groups)
    bounds = [(start, min(start + size, cores)) for start in range(0, cores, size)]
    roots = [min(start + size // 2, cores - 1) for start, _ in bounds]
    for (start, end), root in zip(bounds, roots, strict=True):
        _inwards(mesh, line, words, stops=range(start, end), root=root, colour=0)
    middle = roots[len(roots) // 2]
    _inwards(mesh, line, words, stops=roots, root=middle, colour=4)
    _outwards(mesh, line, words, middle)


def _inwards(mesh: Mesh, line: Line, words: int, *, stops: Sequence[int], root: int, colour: int) -> None:
    """Run chains from both ends of `stops` to the root, which takes that from after it first.

    It takes four colours, from `colour` on.
    """
    before, after = [stop for stop in stops if stop < root], [stop for stop in stops if stop > root]
    for side, onwards, first in ((after[::-1], line.back, colour + 2), (before, line.onwards, colour)):
        for number, stop in enumerate(side):
            sent, received = first + number % 2, first + (number + 1) % 2
            following = side[number + 1] if number + 1 < len(side) else root
            mesh.route(line.places[stop], sent, onwards)
            mesh.route(line.places[following], sent, Direction.RAMP)
            for between in range(min(stop, following) + 1, max(stop, following)):
                mesh.route(line.places[between], sent, onwards)
            mesh.program(line.places[stop], Stream(words, (received,) if number else (), sent))
        if side:
            mesh.program(line.places[root], Stream(words, (first + (len(side) - 1) % 2,)))


def _outwards(mesh: Mesh, line: Line, words: int, root: int) -> None:
    """Flood from the root to both ends, in two colours."""
    last = len(line.places) - 1
    for colour, direction, end in ((8, line.back, 0), (9, line.onwards, last)):
        if root == end:
            continue
        mesh.route(line.places[root], colour, direction)
        mesh.program(line.places[root], Stream(words, sent=colour))
        step = 1 if end > root else -1
        for index in range(root + step, end + step, step):
            further = () if index == end else (direction,)
            mesh.route(line.places[index], colour, Direction.RAMP, *further)
            mesh.program(line.places[index], Stream(words, (colour,)))


def gemv(spec: WaferSpec, side: int, groups: int, words: int, local_cycles: float) -> Cycles:
    """Play MeshGEMV on `side` x `side` cores: every core multiplies for `local_cycles`, then every column adds up."""
    mesh = Mesh(spec, spec.operation_cycles)
    for at in range(side):
        line = column(side, at)
        for place in line.places:
            # What the product costs has its instructions in it already.
            mesh.program(place, Compute(local_cycles - spec.operation_cycles))
        k_tree(mesh, line, words, groups)
    return mesh.run()
