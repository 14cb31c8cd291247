"""How likely the answer of an engine's is to be accepted, with the figures that say so.

Invariant: it is of the whole answer, at the place that it was given for: typing through a suggestion changes neither
the figures nor the probability, so that none goes away while somebody writes what it says.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from lsp.acceptance.features import Features, Place, features_of
from lsp.acceptance.model import card
from lsp.present import present, unfiltered

if TYPE_CHECKING:
    from lsp.reuse import Found


class Verdict(NamedTuple):
    """The probability, 0 to 1, and the features that it was computed from."""

    probability: float
    features: Features


def judge(found: Found, language: str, model: str, *, filters: bool) -> Verdict | None:
    """Judge an answer of a model's; None where nothing of it was left to be shown there."""
    said, shape = found.answer.completed, found.answer.shape
    presented = present(said.text, found.around, shape) if filters else unfiltered(said.text)
    if not presented.text:
        return None
    features = features_of(said, presented, Place(found.around, shape, language))
    return Verdict(card().weights_for(model).probability(features), features)
