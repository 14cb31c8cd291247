"""The probability that a suggestion is accepted as it stands, and the knob that says from which on it is shown.

Invariant: the same features give the same probability everywhere: a sum of products and a logistic function, by a
table that comes with Tandem. `card.toml` is that table, and says what it was fitted to and how far it can be trusted.

    P = 1 / (1 + exp(-z)),  z = intercept + the sum over the features of weight * (feature - mean) / scale
"""

from __future__ import annotations

import math
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING

import msgspec

from lsp.settings import Eagerness  # noqa: TC001 - msgspec reads the annotations at run time

if TYPE_CHECKING:
    from lsp.acceptance.features import Features

OTHER = "other"
"""The weights for models that none were fitted to."""

_FOR_MEASURING: dict[Eagerness, float] = {"everything": 0.0, "nothing": 1.01}
"""Points of the knob that show all or none, whatever was fitted."""


class Term(msgspec.Struct, frozen=True, array_like=True, forbid_unknown_fields=True):
    """What a feature counts for: `weight` for each `scale` by which it is above its `mean`."""

    weight: float
    mean: float
    scale: float


class Weights(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A fitted model of what is accepted; a term for each of the features."""

    intercept: float
    terms: dict[str, Term]

    def probability(self, features: Features) -> float:
        """Compute it, between 0 and 1."""
        z = self.intercept
        for name, term in self.terms.items():
            z += term.weight * (getattr(features, name) - term.mean) / term.scale
        return 1 / (1 + math.exp(-max(min(z, 30.0), -30.0)))


class Card(msgspec.Struct, frozen=True):
    """The part of `card.toml` that the server goes by.

    `shown_from` says from which probability on a point of the knob shows something; `weights` are those for each
    model's suggestions.
    """

    shown_from: dict[Eagerness, float]
    weights: dict[str, Weights]

    def weights_for(self, model: str) -> Weights:
        """Give the weights for a model by its name, whatever the precision it runs in."""
        return self.weights.get(model.removesuffix("-fp16"), self.weights[OTHER])

    def least(self, eagerness: Eagerness) -> float:
        """Say from which probability on something is shown."""
        return (self.shown_from | _FOR_MEASURING)[eagerness]


@cache
def card() -> Card:
    """Read the table that comes with Tandem."""
    return msgspec.toml.decode(files("lsp.acceptance").joinpath("card.toml").read_bytes(), type=Card)
