"""Where the devices' constants come from: solved from the published rows that say so, and written into the TOML files.

Invariant: a constant is one number for one device, and starting values do not matter: a prediction is a sum of
constants times counts that the operation itself gives, or the larger of two such sums, so a few rounds of linear least
squares over relative errors settle. `python -m hardware.wafer.calibration` prints what the files should hold.

WSE-3, from nine rows: hop, stage and operation from four of MeshGEMV (the longest and the shortest lines, two groups
each), step, GEMM step and GEMM row from three tiles of MeshGEMM, function and operator from two of attention. WSE-2,
from two rows: its kernels are the same, so stage, operation and the GEMM's constants are those of the WSE-3, and its
hop is the published one; the step comes from one row of prefill, the operator's overhead from one of decode.
"""

from __future__ import annotations

import sys
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from hardware.wafer.measurement import published
from hardware.wafer.prediction import predict
from hardware.wafer.spec import load

if TYPE_CHECKING:
    from collections.abc import Sequence

    from hardware.wafer.measurement import Measurement
    from hardware.wafer.spec import WaferSpec

WSE3_CONSTANTS = (
    "hop_cycles",
    "stage_cycles",
    "operation_cycles",
    "step_cycles",
    "gemm_step_cycles",
    "gemm_row_cycles",
    "function_cycles",
    "operator_cycles",
)
CARRIED_OVER = ("stage_cycles", "operation_cycles", "gemm_step_cycles", "gemm_row_cycles")
"""What the WSE-2 takes from the WSE-3."""
WSE2_CONSTANTS = ("step_cycles", "operator_cycles")
DIGITS = 2
NUDGE = 1e-3
ROUNDS = 8
"""Many more than it takes for a kink (the larger of two sums) to change sides."""


def calibrate() -> dict[str, dict[str, float]]:
    """Solve every device's constants from the rows that calibrate it."""
    wse3 = solve(load("wse3"), WSE3_CONSTANTS, _rows("wse3"))
    carried = {name: round(getattr(wse3, name), DIGITS) for name in CARRIED_OVER}
    wse2 = solve(replace(load("wse2"), **carried), WSE2_CONSTANTS, _rows("wse2"))
    return {
        "wse2": {name: round(getattr(wse2, name), DIGITS) for name in (*CARRIED_OVER, *WSE2_CONSTANTS)},
        "wse3": {name: round(getattr(wse3, name), DIGITS) for name in WSE3_CONSTANTS},
    }


def _rows(device: str) -> list[Measurement]:
    """Give the rows that calibrate; energy follows from another row and determines nothing."""
    return [row for row in published() if row.calibrates and row.device == device and row.kind != "energy"]


def solve(spec: WaferSpec, constants: Sequence[str], rows: Sequence[Measurement]) -> WaferSpec:
    """Find the constants with the smallest squares of relative errors over the rows."""
    for _ in range(ROUNDS):
        spec = _improved(spec, constants, rows)
    return spec


def _improved(spec: WaferSpec, constants: Sequence[str], rows: Sequence[Measurement]) -> WaferSpec:
    """Do one round: how each prediction changes with a little more of each constant is all there is to know."""
    measured = np.array([row.measured for row in rows])
    ours = np.array([predict(spec, row) for row in rows])
    change = (np.array([[predict(_nudged(spec, name), row) for row in rows] for name in constants]) - ours) / NUDGE
    step = np.linalg.lstsq((change / measured).T, 1 - ours / measured, rcond=None)[0]
    found = {name: getattr(spec, name) + by for name, by in zip(constants, step.tolist(), strict=True)}
    return replace(spec, **found)


def _nudged(spec: WaferSpec, name: str) -> WaferSpec:
    return replace(spec, **{name: getattr(spec, name) + NUDGE})


def main() -> None:
    """Print the constants."""
    for device, constants in calibrate().items():
        sys.stdout.writelines(f"{device} {name} = {value}\n" for name, value in constants.items())


if __name__ == "__main__":
    main()
