"""`tandem stats`: what became of suggestions, as this machine's servers counted it.

Invariant: it reads one file on this machine, or deletes it, and does nothing else.
"""

from __future__ import annotations

import argparse
import sys
from typing import TYPE_CHECKING

import msgspec
from rich.console import Console
from rich.table import Table

from lsp.commands.options import add_state_option
from lsp.errors import StatisticsUnavailable
from lsp.tally.page import KINDS, Figures
from lsp.tally.store import Store, Unavailable

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from lsp.tally.page import Pages, Row

_KIND_NAMES = {
    "rest": "rest of line",
    "line": "whole line",
    "block": "block",
    "middle": "before other text",
    "word": "behind a word",
}


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """What `--json` prints; days are YYYY-MM-DD, empty where nothing was counted."""

    file: str
    first_day: str
    last_day: str
    total: Figures
    languages: dict[str, Figures]
    kinds: dict[str, Figures]


def main(arguments: Sequence[str], prog: str) -> int:
    """Show or delete the statistics."""
    parser = argparse.ArgumentParser(
        prog=prog,
        description="What became of suggestions: counted on this machine, never sent anywhere.",
        epilog='The setting "statistics" switches counting off. A running server writes what it counts within 20 s.',
    )
    way = parser.add_mutually_exclusive_group()
    way.add_argument("--json", action="store_true", help="print one JSON object")
    way.add_argument("--delete", action="store_true", help="delete all that was counted")
    add_state_option(parser)
    chosen = parser.parse_args(arguments)
    store = Store(chosen.state_dir)
    try:
        if chosen.delete:
            return _delete(store)
        report = _report(store.read(), str(store.path))
    except Unavailable as error:
        advice = "`tandem stats --delete` makes room for a new one" if not chosen.delete else "try again"
        raise StatisticsUnavailable(f"{store.path} cannot be used: {error}; {advice}.") from error
    if chosen.json:
        sys.stdout.write(msgspec.json.encode(report).decode() + "\n")
    else:
        _show(report)
    return 0


def _delete(store: Store) -> int:
    done = "deleted" if store.delete() else "there was nothing to delete"
    sys.stdout.write(f"{store.path}: {done}\n")
    return 0


def _report(pages: Pages, file: str) -> Report:
    days = sorted(row.day for row in pages.rows) or [""]
    languages = _sums(pages, lambda row: row.language)
    return Report(
        file=file,
        first_day=days[0],
        last_day=days[-1],
        total=_sums(pages, lambda _: "").get("", Figures()),
        languages=dict(sorted(languages.items(), key=lambda item: (-item[1].shown, item[0]))),
        kinds={kind: figures for kind in KINDS if (figures := _sums(pages, lambda row: row.kind).get(kind))},
    )


def _sums(pages: Pages, key: Callable[[Row], str]) -> dict[str, Figures]:
    sums: dict[str, Figures] = {}
    for row in pages.rows:
        sums.setdefault(key(row), Figures()).add(row.figures)
    return sums


def _show(report: Report) -> None:
    console = Console(markup=False, highlight=False)
    if not report.first_day:
        console.print("Nothing has been counted yet.")
        return
    table = Table(box=None, pad_edge=False)
    table.add_column("")
    for heading in ("shown", "accepted", "", "kept 30 s", "of", "kept 120 s", "of"):
        table.add_column(heading, justify="right")
    table.add_row(*_cells("all", report.total))
    for names in (report.languages, {_KIND_NAMES[kind]: figures for kind, figures in report.kinds.items()}):
        table.add_row()
        for name, figures in names.items():
            table.add_row(*_cells(name, figures))
    console.print(f"{report.first_day} to {report.last_day}, {report.file}\n", soft_wrap=True)
    console.print(table)


def _cells(name: str, figures: Figures) -> tuple[str, ...]:
    """Write a row; suggestions are kept "of" those of which it is known."""
    known_30_s = figures.retained_30_s + figures.changed_30_s
    known_120_s = figures.retained_120_s + figures.changed_120_s
    return (
        name,
        str(figures.shown),
        str(figures.accepted),
        _percent(figures.accepted, figures.shown),
        _percent(figures.retained_30_s, known_30_s),
        str(known_30_s),
        _percent(figures.retained_120_s, known_120_s),
        str(known_120_s),
    )


def _percent(part: int, whole: int) -> str:
    return f"{100 * part / whole:.0f} %" if whole else "-"
