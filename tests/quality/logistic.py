"""Logistic regression with a penalty on the weights, by Newton's method.

Invariant: the same rows give the same weights. The penalty is `ridge` / 2 times the sum of the squared weights of the
features on a common scale, so that it does not matter in which units they come; the intercept has none.

Source: T. Hastie, R. Tibshirani, J. Friedman, The Elements of Statistical Learning, 2nd edition (2009), section 4.4.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import msgspec
import numpy as np

from lsp.acceptance.features import NAMES
from lsp.acceptance.model import Term, Weights

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

RIDGES = (1.0, 10.0, 100.0, 300.0, 1000.0, 3000.0, 10000.0)
STEPS = 50
CLOSE_ENOUGH = 1e-8


class Rows(NamedTuple):
    """Features [rows, features], labels of 0 and 1 [rows], and which file and package each row is of [rows]."""

    features: NDArray[np.float64]
    labels: NDArray[np.float64]
    files: NDArray[np.int64]
    packages: NDArray[np.int64]

    def where(self, mask: NDArray[np.bool_]) -> Rows:
        """Give some of the rows."""
        return Rows(self.features[mask], self.labels[mask], self.files[mask], self.packages[mask])


def fit(rows: Rows, ridge: float) -> Weights:
    """Find the weights; a feature that is the same in all rows gets none. Raises ValueError for labels of one kind."""
    if not 0 < rows.labels.mean() < 1:
        raise ValueError("All of these offers came out the same; collect more.")
    means, scales = rows.features.mean(axis=0), rows.features.std(axis=0)
    scales = np.where(scales > CLOSE_ENOUGH, scales, 1.0)
    scaled = np.column_stack([np.ones(len(rows.labels)), (rows.features - means) / scales])
    penalty = np.diag([0.0] + [ridge] * len(means))
    found = np.zeros(scaled.shape[1])
    for _ in range(STEPS):
        chances = 1 / (1 + np.exp(-scaled @ found))
        slope = scaled.T @ (rows.labels - chances) - penalty @ found
        bend = (scaled.T * (chances * (1 - chances))) @ scaled + penalty
        move = np.linalg.solve(bend, slope)
        found += move
        if np.abs(move).max() < CLOSE_ENOUGH:
            break
    terms = zip(NAMES, found[1:], means, scales, strict=True)
    return Weights(float(found[0]), {name: Term(*map(float, term)) for name, *term in terms})


def chances(weights: Weights, features: NDArray[np.float64]) -> NDArray[np.float64]:
    """Compute the probability of each row, [rows]."""
    table = np.array([msgspec.structs.astuple(weights.terms[name]) for name in NAMES])
    z = weights.intercept + ((features - table[:, 1]) / table[:, 2]) @ table[:, 0]
    return np.asarray(1 / (1 + np.exp(-np.clip(z, -30, 30))))


def log_loss(probabilities: NDArray[np.float64], labels: NDArray[np.float64]) -> float:
    """Give the mean negative log-likelihood of the labels, in nats."""
    return float(-np.mean(np.log(np.where(labels > 0, probabilities, 1 - probabilities))))


def cross_fitted(rows: Rows, ridge: float) -> NDArray[np.float64]:
    """Compute the probability of each row by weights that were fitted to other packages, [rows].

    Raises ValueError for rows of one package alone.
    """
    found = np.zeros(len(rows.labels))
    packages = np.unique(rows.packages)
    if len(packages) == 1:
        raise ValueError("All of these offers are of one package; collect from another, too.")
    for package in packages:
        held = rows.packages == package
        found[held] = chances(fit(rows.where(~held), ridge), rows.features[held])
    return found


def best_ridge(rows: Rows, ridges: Sequence[float] = RIDGES) -> float:
    """Choose the penalty by cross-validation in which a package's rows stay together."""
    return min(ridges, key=lambda ridge: log_loss(cross_fitted(rows, ridge), rows.labels))
