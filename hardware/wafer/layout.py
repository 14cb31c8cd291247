"""A fabric cut into equal squares, in the order in which a token passes them.

Invariant: cells that follow each other on a wafer are neighbours there, since the order runs to and fro (serpentine);
only the way back to the beginning, and that to another wafer, is longer.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from hardware.wafer.spec import WaferSpec


@dataclass(frozen=True, slots=True)
class Cell:
    """Where a square lies: which wafer, and its column and row among the wafer's cells, from the north-west."""

    wafer: int
    column: int
    row: int


@dataclass(frozen=True, slots=True)
class Layout:
    """Wafers of `columns` x `rows` cells of `side` x `side` cores each; cells are numbered from 0, across wafers."""

    side: int
    columns: int
    rows: int

    @property
    def cells(self) -> int:
        """How many one wafer has."""
        return self.columns * self.rows

    def wafers(self, cells: int) -> int:
        """How many wafers so many cells take."""
        return -(-cells // self.cells)

    def cell(self, number: int) -> Cell:
        """Find a cell by its place in the order: rows from the north, every other one from the east."""
        wafer, rest = divmod(number, self.cells)
        row, column = divmod(rest, self.columns)
        return Cell(wafer, column if row % 2 == 0 else self.columns - 1 - column, row)

    def hops(self, start: int, end: int) -> int:
        """Count the links between two cells' like corners, on one wafer or as if their wafers lay on each other."""
        here, there = self.cell(start), self.cell(end)
        return self.side * (abs(here.column - there.column) + abs(here.row - there.row))


def cut(spec: WaferSpec, side: int) -> Layout:
    """Cut a device's fabric into squares of `side` x `side` cores; what is left over stays unused."""
    return Layout(side, spec.columns // side, spec.rows // side)
