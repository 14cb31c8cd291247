"""How far the model is from what was published: every row, and each family's mean and worst error.

Invariant: rows that were used to calibrate are never counted among those that were not; an error is relative to what
was measured, above zero where the model is slower (or, for a speed, faster) than the wafer was.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING

from hardware.wafer.measurement import published
from hardware.wafer.prediction import predict
from hardware.wafer.spec import load, names

if TYPE_CHECKING:
    from collections.abc import Sequence

    from hardware.wafer.measurement import Measurement


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One published row beside ours, both in `unit`."""

    family: str
    device: str
    title: str
    unit: str
    measured: float
    ours: float
    error_percent: float
    calibrates: bool
    source: str
    note: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Errors:
    """Errors of several rows, without their signs; both None where there are no rows."""

    rows: int
    mean_percent: float | None
    worst_percent: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Family:
    """What was measured in one way: rows that the model had not seen apart from those that calibrated it."""

    name: str
    target_percent: float | None
    unseen: Errors
    calibration: Errors


@dataclass(frozen=True, slots=True)
class Validation:
    """All published rows, and what they come to."""

    checks: tuple[Check, ...]
    families: tuple[Family, ...]


def validate() -> Validation:
    """Predict every published row. Raises SpecError where a device's data are spoilt."""
    specs = {name: load(name) for name in names()}
    rows = published()
    checks = tuple(_check(row, predict(specs[row.device], row)) for row in rows)
    targets = {row.family: row.target_percent for row in rows}
    families = groupby(checks, key=lambda check: check.family)
    return Validation(checks, tuple(_family(name, list(group), targets[name]) for name, group in families))


def _check(row: Measurement, ours: float) -> Check:
    return Check(
        family=row.family,
        device=row.device,
        title=row.title,
        unit=row.unit,
        measured=row.measured,
        ours=ours,
        error_percent=100 * (ours / row.measured - 1),
        calibrates=row.calibrates,
        source=row.source,
        note=row.note,
    )


def _family(name: str, checks: Sequence[Check], target_percent: float | None) -> Family:
    return Family(
        name=name,
        target_percent=target_percent,
        unseen=_errors([check for check in checks if not check.calibrates]),
        calibration=_errors([check for check in checks if check.calibrates]),
    )


def _errors(checks: Sequence[Check]) -> Errors:
    errors = [abs(check.error_percent) for check in checks]
    return Errors(
        rows=len(errors),
        mean_percent=sum(errors) / len(errors) if errors else None,
        worst_percent=max(errors, default=None),
    )
