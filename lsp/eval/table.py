"""What was found, for the terminal.

Invariant: what is printed is in the JSON, too.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.console import Console
from rich.table import Column, Table

from lsp.eval.markdown import bounds

if TYPE_CHECKING:
    from lsp.eval.intervals import Estimate
    from lsp.eval.report import Evaluation, Figures
    from lsp.eval.stretch import Typed


def show(found: Evaluation) -> None:
    """Print a row for each way, below it one for each kind and language, and what was left out beside the base."""
    console = Console(highlight=False)
    waiting = "as fast as users get them" if found.deadlines else "without a deadline"
    console.print(f"{found.model} on {found.device}, answers {waiting}; in brackets the intervals of 95 %")
    console.print(_figures(found))
    for way in found.variants:
        if way.typed is not None:
            console.print(f"{way.name}, {_typed(way.typed)}")
    if found.contrasts:
        console.print(_contrasts(found))
    leaked = sum(way.all.leaked + (way.typed.leaked if way.typed else 0) for way in found.variants)
    console.print(f"special tokens shown as text: {leaked}")


def _figures(found: Evaluation) -> Table:
    table = Table(
        Column(no_wrap=True), "n", "exact", "less bare's", "similar", "shown", "right if shown", "wrong", box=None
    )
    for way in found.variants:
        _row(table, way.name, way.all)
        for name, cell in (*way.kinds.items(), *way.languages.items()):
            _row(table, f"  {name.replace('_', ' ')}", cell)
    return table


def _row(table: Table, name: str, cell: Figures) -> None:
    shares = (cell.similarity, cell.shown, cell.right, cell.wrong_and_shown)
    table.add_row(name, str(cell.n), bounds(cell.exact), bounds(cell.over_bare, signed=True), *map(_percent, shares))


def _typed(typed: Typed) -> str:
    return (
        f"typed: {bounds(typed.keystrokes_saved)} of characters saved ({bounds(typed.over_bare, signed=True)} beside "
        f"bare), {bounds(typed.shown)} of requests brought something new, of which {bounds(typed.accepted)} was "
        f"accepted and {bounds(typed.wrong)} was wrong; {bounds(typed.retained)} of what was accepted stayed"
    )


def _contrasts(found: Evaluation) -> Table:
    beside = found.contrasts[0].beside
    table = Table(Column(f"beside {beside}", no_wrap=True), "n", "exact", "gained, lost", "chance", "similar", box=None)
    for each in found.contrasts:
        changed, similar = f"{each.gained}, {each.lost}", bounds(each.similarity, signed=True)
        exact = bounds(each.exact, signed=True)
        table.add_row(each.name, str(each.n), exact, changed, f"{each.chance:.2f}", similar)
    return table


def _percent(estimate: Estimate) -> str:
    return "-" if estimate.value is None else f"{estimate.value:.0%}"
