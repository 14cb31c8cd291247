"""How likely the beginnings of what is left of an answer are to be accepted, with the figures that say so.

Invariant: verdicts are of what would be shown, at the place where it comes up. Whoever shows one keeps it while it is
typed through, so that none goes away while somebody writes what it says.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import msgspec

from lsp.acceptance.beginnings import beginnings
from lsp.acceptance.features import Features, Place, features_of
from lsp.acceptance.model import card

if TYPE_CHECKING:
    from collections.abc import Iterator

    from engine.messages import Completed
    from lsp.reuse import Found


class Verdict(NamedTuple):
    """A text, the probability that it is accepted, 0 to 1, and the features that this was computed from."""

    text: str
    probability: float
    features: Features


def verdicts(found: Found, text: str, place: Place, model: str) -> Iterator[Verdict]:
    """Judge what the rules left of the first text of a model's answer, and shorter and shorter beginnings of it.

    Where other text stands right of the cursor, only all of it goes with that.
    """
    said = _left(found)
    cut = text.rstrip() != said.text.rstrip()
    weights = card().weights_for(model)
    line = place.around.line_before
    for beginning in beginnings(said, text, line, whole=bool(place.around.line_after.strip())):
        features = features_of(said, beginning, place, cut=cut)
        yield Verdict(beginning.text, weights.probability(features), features)


def _left(found: Found) -> Completed:
    """Give what typing has left of an answer, as if it had been said here."""
    said, typed = found.answer.completed, len(found.typed)
    done = sum(end <= typed for end in said.token_ends)
    return msgspec.structs.replace(
        said,
        text=said.text[typed:],
        log_probabilities=said.log_probabilities[done:],
        token_ends=tuple(end - typed for end in said.token_ends[done:]),
    )
