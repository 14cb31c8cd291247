from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import pytest

from hardware.wafer.calibration import WSE3_CONSTANTS, calibrate, solve
from hardware.wafer.measurement import published
from hardware.wafer.spec import load
from hardware.wafer.validation import validate

VALIDATION = validate()
TARGETS = {"GEMV": 5.0, "GEMM": 10.0, "decode": 15.0, "prefill": 15.0}


@pytest.mark.parametrize("name", TARGETS)
def test_rows_that_were_not_used_are_within_the_target(name: str) -> None:
    (family,) = [family for family in VALIDATION.families if family.name == name]
    assert family.target_percent == TARGETS[name]
    assert family.unseen.rows >= 3
    assert family.unseen.mean_percent is not None
    assert family.unseen.mean_percent <= TARGETS[name]


def test_every_published_row_is_there_once() -> None:
    rows = published()
    assert len(VALIDATION.checks) == len(rows) == len({(row.family, row.title) for row in rows})
    assert sum(family.unseen.rows + family.calibration.rows for family in VALIDATION.families) == len(rows)
    assert all(row.source and row.measured > 0 for row in rows)


def test_speeds_become_cycles_by_the_clock_of_their_source() -> None:
    cycles = {(row.shape["model"], row.shape["grid"]): row.measured for row in published() if row.kind == "decode"}
    assert round(cycles["LLaMA3-8B", 420]) == 12_732
    assert round(cycles["LLaMA2-13B", 660]) == 15_806
    table6 = [row.measured for row in published() if row.family == "GEMV, grid assumed"]
    assert table6 == pytest.approx([1320, 2233])


@pytest.mark.parametrize("kind", ["gemv", "gemm", "decode", "prefill"])
def test_what_was_measured_to_take_longer_takes_longer(kind: str) -> None:
    """Rows whose measured figures are 5 % apart or more come in the same order."""
    for device in ("wse2", "wse3"):
        families = {row.family for row in published() if row.kind == kind and row.device == device}
        checks = [check for check in VALIDATION.checks if check.family in families and check.device == device]
        ordered = sorted(checks, key=lambda check: check.measured)
        for shorter, longer in pairwise(ordered):
            if longer.measured > 1.05 * shorter.measured:
                assert longer.ours > shorter.ours, (shorter.title, longer.title)


def test_constants_are_what_calibrating_gives() -> None:
    for device, constants in calibrate().items():
        spec = load(device)
        assert {name: getattr(spec, name) for name in constants} == pytest.approx(constants, abs=0.011)


def test_calibrating_starts_from_anywhere() -> None:
    rows = [row for row in published() if row.calibrates and row.device == "wse3"]
    start = replace(load("wse3"), hop_cycles=5.0, stage_cycles=30.0, operation_cycles=5.0, operator_cycles=5.0)
    found = solve(start, WSE3_CONSTANTS, rows)
    expected = {name: getattr(load("wse3"), name) for name in WSE3_CONSTANTS}
    assert {name: getattr(found, name) for name in WSE3_CONSTANTS} == pytest.approx(expected, rel=0.01)


def test_most_rows_were_not_used() -> None:
    used = sum(check.calibrates for check in VALIDATION.checks)
    assert used < len(VALIDATION.checks) / 3
