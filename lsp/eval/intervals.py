"""How far a figure from so many cases can be trusted.

Invariant: intervals are of 95 %, and the same for the same cases. Shares have Wilson's score interval (E. B. Wilson,
Probable inference, the law of succession, and statistical inference, JASA 22, 1927); means and differences between two
ways on the same cases the percentile bootstrap (B. Efron, Bootstrap methods, Annals of Statistics 7, 1979), over cases.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import msgspec
import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

NORMAL_975 = 1.959964  # the normal distribution's 97.5th percentile
RESAMPLES = 2000


class Estimate(msgspec.Struct, frozen=True):
    """A figure with the ends of its interval; None of all three where there was nothing to count."""

    value: float | None
    low: float | None
    high: float | None


NOTHING = Estimate(None, None, None)


def share(hits: int, cases: int) -> Estimate:
    """Estimate a share from so many hits among so many cases."""
    if not cases:
        return NOTHING
    p, z2 = hits / cases, NORMAL_975**2
    middle = (p + z2 / (2 * cases)) / (1 + z2 / cases)
    half = NORMAL_975 / (1 + z2 / cases) * math.sqrt(p * (1 - p) / cases + z2 / (4 * cases**2))
    return _rounded(p, max(middle - half, 0.0), min(middle + half, 1.0))


def mean(values: Sequence[float]) -> Estimate:
    """Estimate the mean that such values have."""
    return ratio(values, [1.0] * len(values))


def ratio(parts: Sequence[float], wholes: Sequence[float]) -> Estimate:
    """Estimate sum(parts) / sum(wholes), pair by pair; resamples without a whole are left out."""
    if not sum(wholes):
        return NOTHING
    found = _resampled(parts, wholes)
    low, high = np.percentile(found[np.isfinite(found)], (2.5, 97.5))
    return _rounded(sum(parts) / sum(wholes), float(low), float(high))


def ratios_apart(
    one: tuple[Sequence[float], Sequence[float]], other: tuple[Sequence[float], Sequence[float]]
) -> Estimate:
    """Estimate by how much the first ratio is larger; the parts and wholes of both are of the same cases, in order."""
    if not sum(one[1]) or not sum(other[1]):
        return NOTHING
    found = _resampled(*one) - _resampled(*other)
    low, high = np.percentile(found[np.isfinite(found)], (2.5, 97.5))
    return _rounded(sum(one[0]) / sum(one[1]) - sum(other[0]) / sum(other[1]), float(low), float(high))


def mcnemar(gained: int, lost: int) -> float:
    """Give the probability of so uneven a change, or more, if both ways were as good: the exact two-sided test.

    Source: Q. McNemar, Note on the sampling error of the difference between correlated proportions or percentages,
    Psychometrika 12, 1947. It counts the cases that only one of both ways got right: a fair coin for each.
    """
    changed = gained + lost
    tail = sum(math.comb(changed, each) for each in range(min(gained, lost) + 1)) / (1 << changed)
    return round(min(2 * tail, 1.0), 4)


def _resampled(parts: Sequence[float], wholes: Sequence[float]) -> NDArray[np.float64]:
    """Give the ratios of all resamples, the same ones for as many cases; of those without a whole no number."""
    above, below = np.asarray(parts, dtype=float), np.asarray(wholes, dtype=float)
    draws = np.random.default_rng(0).integers(len(below), size=(RESAMPLES, len(below)))
    with np.errstate(divide="ignore", invalid="ignore"):
        ratios: NDArray[np.float64] = above[draws].sum(axis=1) / below[draws].sum(axis=1)
    return ratios


def _rounded(value: float, low: float, high: float) -> Estimate:
    return Estimate(round(value, 4), round(low, 4), round(high, 4))
