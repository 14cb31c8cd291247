"""What an operation costs: cycles from its first core's start to its last core's end, and how busy the cores were.

Invariant: a cost is a sum of three parts that do not overlap (arithmetic, waiting for words from other cores, getting
instructions going), so that `total` is how long it takes and the parts say why. Costs of operations that follow each
other add up.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NewType

Cycles = NewType("Cycles", float)
"""Clock cycles of the device; no wall time, and no seconds before a clock was chosen."""


@dataclass(frozen=True, slots=True)
class Cost:
    """Cycles on the critical path by what they are spent on.

    `busy` counts core-cycles of arithmetic over all cores that take part: busy / (total x cores) is the utilisation.
    """

    compute: Cycles = Cycles(0.0)
    communication: Cycles = Cycles(0.0)
    overhead: Cycles = Cycles(0.0)
    busy: float = 0.0

    @property
    def total(self) -> Cycles:
        """From start to end."""
        return Cycles(self.compute + self.communication + self.overhead)

    def __add__(self, other: Cost) -> Cost:
        return Cost(
            Cycles(self.compute + other.compute),
            Cycles(self.communication + other.communication),
            Cycles(self.overhead + other.overhead),
            self.busy + other.busy,
        )

    def repeated(self, times: float) -> Cost:
        """Give the cost of the same `times` over, one after another."""
        return Cost(
            Cycles(self.compute * times),
            Cycles(self.communication * times),
            Cycles(self.overhead * times),
            self.busy * times,
        )


NOTHING = Cost()


def total(*costs: Cost) -> Cost:
    """Add costs up."""
    return sum(costs, NOTHING)
