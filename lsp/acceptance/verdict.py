"""How likely what is left of an answer is to be accepted, with the figures that say so.

Invariant: it is of what would be shown, at the place where it comes up. Whoever shows it keeps the verdict while it is
typed through, so that none goes away while somebody writes what it says.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import msgspec

from lsp.acceptance.features import Features, Place, features_of
from lsp.acceptance.model import card

if TYPE_CHECKING:
    from engine.messages import Completed
    from lsp.present.rules import Presented
    from lsp.reuse import Found


class Verdict(NamedTuple):
    """The probability, 0 to 1, and the features that it was computed from."""

    probability: float
    features: Features


def judge(found: Found, presented: Presented, place: Place, model: str) -> Verdict | None:
    """Judge what the rules left of the first text of a model's answer; None where that is nothing."""
    if not presented.text:
        return None
    features = features_of(_left(found), presented, place)
    return Verdict(card().weights_for(model).probability(features), features)


def _left(found: Found) -> Completed:
    """Give what typing has left of an answer, as if it had been said here: of its tokens about those of the rest."""
    said = found.answer.completed
    logs = said.log_probabilities
    typed_tokens = len(logs) * found.typed // max(len(said.text), 1)
    return msgspec.structs.replace(said, text=found.first_left, log_probabilities=logs[typed_tokens:])
