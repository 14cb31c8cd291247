"""A wafer whose clock a test can do in its head, with any device to compute."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from hardware.device import SimulatedSeconds
from hardware.wafer.device import WaferDevice

if TYPE_CHECKING:
    from hardware.device import Device

STEP_S, KEPT_S, TOKEN_S, ROW_S = 1e-3, 1e-7, 1e-5, 1e-6


class TickingClock(NamedTuple):
    """So much for a step, for each token that it finds, for each that it brings, and for each row of logits."""

    step_s: float = STEP_S
    kept_s: float = KEPT_S
    token_s: float = TOKEN_S
    row_s: float = ROW_S

    def seconds(self, keep: int, count: int, rows: int) -> SimulatedSeconds:
        return SimulatedSeconds(self.step_s + self.kept_s * keep + self.token_s * count + self.row_s * rows)


def ticking_wafer(computer: Device, clock: TickingClock = TickingClock()) -> WaferDevice:  # noqa: B008 - frozen
    """Give a wafer that times every model so."""
    return WaferDevice("wafer", "ticking wafer", computer, lambda _: clock)
