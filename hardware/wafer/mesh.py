"""A mesh of cores, word by word: what the closed forms of the collectives are tested against.

Invariant: nothing here is a formula for a collective. A link takes one word a cycle and carries it in `hop_cycles`; a
ramp between router and core takes one a cycle, in `ramp_cycles`; a core runs its instructions one after another, and a
word leaves it a cycle after the last of what it is the sum of has come in. Colours are routed as on the wafer: by a
fixed set of directions for each colour in each router, and there are no more of them than the device has.

Routers have room for every word that waits; real ones hold a few and press back, which no collective here relies on.
"""

from __future__ import annotations

import heapq
from collections import defaultdict, deque
from dataclasses import dataclass, field
from enum import Enum
from typing import TYPE_CHECKING, TypeAlias

from hardware.wafer.cost import Cycles
from hardware.wafer.errors import DoesNotFit

if TYPE_CHECKING:
    from hardware.wafer.spec import WaferSpec

Place: TypeAlias = tuple[int, int]
"""A core's column and row."""
Colour: TypeAlias = int


class Direction(Enum):
    """Where a router sends a word: to a neighbour's router, or down the ramp into its own core."""

    EAST = (1, 0)
    WEST = (-1, 0)
    SOUTH = (0, 1)
    NORTH = (0, -1)
    RAMP = (0, 0)


@dataclass(frozen=True, slots=True)
class Compute:
    """Be busy for a while."""

    cycles: float


@dataclass(frozen=True, slots=True)
class Stream:
    """Take `words` words from each colour of `taken`, add them up, and send each sum on, if a colour is given."""

    words: int
    taken: tuple[Colour, ...] = ()
    sent: Colour | None = None


Instruction: TypeAlias = Compute | Stream


@dataclass(slots=True)
class _Core:
    """A core's program, how far it is, and the times at which words came in that it has not taken yet."""

    program: deque[Instruction] = field(default_factory=deque)
    words_done: int = 0
    ready: float = 0.0
    issued: bool = False
    inbox: dict[Colour, deque[float]] = field(default_factory=lambda: defaultdict(deque))


class Mesh:
    """Cores, their programs and routes. `run` plays them through once."""

    def __init__(self, spec: WaferSpec, issue_cycles: float = 0.0) -> None:
        """`issue_cycles` is what each instruction costs before it does anything."""
        self._spec = spec
        self._issue_cycles = issue_cycles
        self._cores: dict[Place, _Core] = defaultdict(_Core)
        self._routes: dict[tuple[Place, Colour], tuple[Direction, ...]] = {}
        self._free: dict[tuple[Place, Direction], float] = defaultdict(float)
        self._up: dict[Place, float] = defaultdict(float)
        self._arrivals: list[tuple[float, int, Place, Colour]] = []
        self._count = 0

    def route(self, place: Place, colour: Colour, *directions: Direction) -> None:
        """Send words of `colour` that reach this router, from its core or from a neighbour, there."""
        if colour >= self._spec.routing_colours:
            raise DoesNotFit(f"{self._spec.title} routes {self._spec.routing_colours} colours: use fewer.")
        self._routes[place, colour] = directions

    def program(self, place: Place, *instructions: Instruction) -> None:
        """Add instructions to what a core runs."""
        self._cores[place].program.extend(instructions)

    def run(self) -> Cycles:
        """Play until every core is through. Raises RuntimeError if one waits for words that never come."""
        for place in list(self._cores):
            self._advance(place)
        while self._arrivals:
            now, _, place, colour = heapq.heappop(self._arrivals)
            self._forward(now, place, colour)
        waiting = [place for place, core in self._cores.items() if core.program]
        if waiting:
            raise RuntimeError(f"cores {waiting} wait for words that nobody sends")
        return Cycles(max(core.ready for core in self._cores.values()))

    def _forward(self, now: float, place: Place, colour: Colour) -> None:
        """Let a word that is in a router go wherever its colour goes."""
        for direction in self._routes[place, colour]:
            leaving = max(now, self._free[place, direction])
            self._free[place, direction] = leaving + 1
            if direction is Direction.RAMP:
                self._cores[place].inbox[colour].append(leaving + self._spec.ramp_cycles)
                self._advance(place)
            else:
                (column, row), (east, south) = place, direction.value
                self._arrive(leaving + self._spec.hop_cycles, (column + east, row + south), colour)

    def _arrive(self, at: float, place: Place, colour: Colour) -> None:
        self._count += 1
        heapq.heappush(self._arrivals, (at, self._count, place, colour))

    def _advance(self, place: Place) -> None:
        """Run a core until it is through or has to wait."""
        core = self._cores[place]
        while core.program:
            if not core.issued:
                core.ready += self._issue_cycles
                core.issued = True
            instruction = core.program[0]
            if isinstance(instruction, Compute):
                core.ready += instruction.cycles
            elif not self._stream(place, core, instruction):
                return
            core.program.popleft()
            core.words_done, core.issued = 0, False

    def _stream(self, place: Place, core: _Core, stream: Stream) -> bool:
        """Do as many words as are there; give whether that were all."""
        while core.words_done < stream.words:
            if not all(core.inbox[colour] for colour in stream.taken):
                return False
            arrivals = [core.inbox[colour].popleft() for colour in stream.taken]
            core.ready = max(core.ready, *arrivals) + 1 if arrivals else core.ready + 1
            core.words_done += 1
            if stream.sent is not None:
                self._up[place] = max(core.ready, self._up[place] + 1)
                self._arrive(self._up[place] + self._spec.ramp_cycles, place, stream.sent)
        return True
