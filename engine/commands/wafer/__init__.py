"""`tandem wafer`: what a wafer-scale engine would make of a model, and how far that can be believed.

Invariant: every figure is in cycles of the device unless its name says otherwise; nothing is measured here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from engine.commands.wafer import estimate, plan, validate

if TYPE_CHECKING:
    from engine.commands.output import Actions

_ACTIONS = (plan, estimate, validate)


def add(areas: Actions) -> None:
    """Declare `wafer` and what can be done with it."""
    wafer = areas.add_parser(
        "wafer", help="what a wafer-scale engine would take", description="What a wafer-scale engine would take."
    )
    actions = wafer.add_subparsers(required=True, metavar="ACTION")
    for action in _ACTIONS:
        action.add(actions)
