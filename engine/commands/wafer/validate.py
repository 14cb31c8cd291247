"""`tandem wafer validate`: every published row beside what the model says of it.

Invariant: rows that were used to calibrate are marked, and never counted among those that were not.
"""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING

from rich.table import Table

from engine.commands.output import say, show
from engine.commands.wafer.figures import answer
from hardware.wafer.validation import Check, Errors, Family, validate

if TYPE_CHECKING:
    import argparse

    from engine.commands.output import Actions


def add(actions: Actions) -> None:
    """Declare `validate`."""
    about = "every published measurement beside what the model says of it"
    parser = actions.add_parser("validate", help=about, description=f"{about[0].upper()}{about[1:]}.")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.set_defaults(command=_validate)


def _validate(options: argparse.Namespace) -> int:
    found = validate()
    if options.json:
        return answer(found)
    for _, checks in groupby(found.checks, key=lambda check: check.family):
        _show_checks(list(checks))
    _show_families(found.families)
    say("\n* used to calibrate. Errors of families are means and worst of the rows that were not, without signs.")
    return 0


def _show_checks(checks: list[Check]) -> None:
    first = checks[0]
    say(f"{first.family}: {first.unit} on {first.device}{f' ({first.note})' if first.note else ''}")
    table = Table(box=None, show_header=False, padding=(0, 1, 0, 2))
    table.add_column(min_width=36)
    for _ in ("published", "ours", "error", "calibrates"):
        table.add_column(justify="right", min_width=1)
    for check in checks:
        mark = "*" if check.calibrates else ""
        table.add_row(check.title, _figure(check.measured), _figure(check.ours), f"{check.error_percent:+.1f} %", mark)
    show(table)
    say("")


def _show_families(families: tuple[Family, ...]) -> None:
    table = Table("family", box=None, header_style="bold")
    for heading in ("rows", "mean", "worst", "target", "rows*", "mean*", "worst*"):
        table.add_column(heading, justify="right")
    for family in families:
        target = "" if family.target_percent is None else f"{family.target_percent:g} %"
        table.add_row(family.name, *_errors(family.unseen), target, *_errors(family.calibration))
    show(table)


def _errors(errors: Errors) -> tuple[str, str, str]:
    if errors.mean_percent is None or errors.worst_percent is None:
        return str(errors.rows), "", ""
    return str(errors.rows), f"{errors.mean_percent:.1f} %", f"{errors.worst_percent:.1f} %"


def _figure(number: float) -> str:
    return f"{number:,.0f}" if number >= 1000 else f"{number:.4g}"
