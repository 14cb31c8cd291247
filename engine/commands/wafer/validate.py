"""`tandem wafer validate`: every published row beside what the model says of it.

Invariant: rows that were used to calibrate are marked, and never counted among those that were not.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
from rich.table import Table

from engine.commands.output import say, show
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
        say(msgspec.json.encode(found).decode())
        return 0
    _show_checks(found.checks)
    say("")
    _show_families(found.families)
    say("\n* used to calibrate; the families' errors in the middle are of all other rows, without signs")
    for family, note in {check.family: check.note for check in found.checks if check.note}.items():
        say(f"{family}: {note}")
    return 0


def _show_checks(checks: tuple[Check, ...]) -> None:
    table = Table("family", "measured on", "what", box=None, header_style="bold")
    for heading in ("published", "ours", "error", ""):
        table.add_column(heading, justify="right")
    table.add_column("unit")
    for check in checks:
        table.add_row(
            check.family,
            check.device,
            check.title,
            _figure(check.measured),
            _figure(check.ours),
            f"{check.error_percent:+.1f} %",
            "*" if check.calibrates else "",
            check.unit,
        )
    show(table)


def _show_families(families: tuple[Family, ...]) -> None:
    table = Table("family", box=None, header_style="bold")
    for heading in ("rows not used", "mean", "worst", "target", "rows used", "mean", "worst"):
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
