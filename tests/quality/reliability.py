"""Whether suggestions of some probability are accepted that often, as a table, a figure and a picture.

Invariant: bins hold as many suggestions each, as far as that goes, so that none stands for a handful; expected
calibration error is the mean distance of a bin's share from its mean probability, weighted by its size.

Source: M. Naeini, G. Cooper, M. Hauskrecht, Obtaining well calibrated probabilities using Bayesian binning (AAAI 2015).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import numpy as np

from hardware.wafer.canvas import Canvas
from lsp.eval.intervals import Estimate, ratio, share

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray
    from quality.logistic import Rows

BINS = 10
WIDTH, HEIGHT = 760, 424
LEFT, TOP, SIDE = 60, 50, 300  # of a square
PITCH = 360  # from one square to the next
DOT = 7
TICKS = (0, 25, 50, 75, 100)


class Bin(msgspec.Struct, frozen=True):
    """Suggestions of about one probability: how many, their mean probability, and the share that was right."""

    count: int
    expected: float
    right: Estimate


def bins(probabilities: NDArray[np.float64], rows: Rows, count: int = BINS) -> list[Bin]:
    """Sort suggestions into bins, the least likely first."""
    order = np.argsort(probabilities, kind="stable")
    parts = [part for part in np.array_split(order, count) if len(part)]
    return [Bin(len(part), round(float(probabilities[part].mean()), 4), _right(rows, part)) for part in parts]


def _right(rows: Rows, part: NDArray[np.intp]) -> Estimate:
    """Give the share that is right; those of one file are alike, so the interval is over files."""
    files = rows.files[part]
    right, all_of_them = np.bincount(files, rows.labels[part]), np.bincount(files)
    if not 0 < rows.labels[part].mean() < 1:  # of which resamples tell nothing
        return share(int(rows.labels[part].max()) * int((all_of_them > 0).sum()), int((all_of_them > 0).sum()))
    return ratio(right[all_of_them > 0].tolist(), all_of_them[all_of_them > 0].tolist())


def calibration_error(found: Sequence[Bin]) -> float:
    """Give the expected calibration error, 0 to 1."""
    distances = [each.count * abs((each.right.value or 0.0) - each.expected) for each in found]
    return sum(distances) / max(sum(each.count for each in found), 1)


def picture(models: Mapping[str, Sequence[Bin]]) -> str:
    """Draw a square for each model: its bins with their intervals, beside the line on which they should lie."""
    canvas = Canvas()
    canvas.words("How often suggestions are what is typed next", LEFT, 26, kind="title", room=WIDTH - LEFT)
    for number, (model, found) in enumerate(models.items()):
        _square(canvas, LEFT + number * PITCH, model, found)
    return canvas.render(WIDTH, HEIGHT, "Calibration: share of right suggestions against their probability")


def _square(canvas: Canvas, left: float, model: str, found: Sequence[Bin]) -> None:
    floor = TOP + SIDE
    canvas.box("empty", (left, TOP), (SIDE, SIDE))
    for percent in TICKS:
        along = SIDE * percent / 100
        canvas.words(f"{percent}", left + along, floor + 16, kind="soft", anchor="middle")
        canvas.words(f"{percent}", left - 6, floor - along + 4, kind="soft", anchor="end")
    for step in range(SIDE // 6):  # the line on which they should lie
        canvas.box("pale", (left + 6 * step, floor - 6 * step - 2), (2, 2))
    for each in found:
        if each.right.value is None or each.right.low is None or each.right.high is None:
            continue
        x, y = left + SIDE * each.expected, floor - SIDE * each.right.value
        low, high = floor - SIDE * each.right.low, floor - SIDE * each.right.high
        canvas.box("f3", (x - 0.75, high), (1.5, low - high))
        tooltip = f"{each.count} suggestions of {each.expected:.0%}: {each.right.value:.0%} right"
        canvas.box("f3", (x - DOT / 2, y - DOT / 2), (DOT, DOT), tooltip)
    canvas.words("right, %", left, TOP - 6, kind="soft")
    canvas.words("probability, %", left + SIDE, floor + 38, kind="soft", anchor="end")
    error = calibration_error(found)
    canvas.words(f"{model}: off by {100 * error:.1f} points", left, floor + 62, room=SIDE)
