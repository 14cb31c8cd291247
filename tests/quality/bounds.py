"""From which probability on each point of the knob shows something.

Invariant: bounds come from files to fit to, of which each has its probabilities by weights that were fitted to others,
since those by its own flatter.

What they are to do is a share of suggestions that are accepted, as soon as the probabilities can be trusted: from ten
right and ten wrong ones of each model for each feature on, collected as users have it. Until then they are provisional,
and go by how much is shown.

Source of ten: P. Peduzzi et al., A simulation study of the number of events per variable in logistic regression
analysis, Journal of Clinical Epidemiology 49 (1996).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from quality.knob import Chances, play_all, point
from quality.offers import Stretch

from lsp.acceptance.features import NAMES
from lsp.acceptance.model import WORTH_CHARACTERS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from quality.offers import Offer

    from lsp.settings import Eagerness

Judged = tuple[Sequence[Stretch], Sequence[Chances]]
"""What was collected with a model, and its probabilities, file by file."""

EVENTS_PER_FEATURE = 10

ACCEPTED: dict[Eagerness, float] = {"quiet": 0.75, "balanced": 0.55, "eager": 0.4}
"""The share of what is shown that is accepted at each point, with something to spare for other files."""

FORMERLY_SURE = 0.3
"""The mean probability of its tokens from which on a suggestion came by itself before its own was known."""

NEARLY_ALL = 0.95


def worthy(stretch: Stretch) -> list[Offer]:
    """Give the offers that are long enough to be shown."""
    return [offer for offer in stretch.offers if len(offer.left) >= WORTH_CHARACTERS]


def sureness(stretches: Sequence[Stretch]) -> list[Chances]:
    """Give the mean probability of the tokens of each offer, by file."""
    return [{offer.keys: offer.confidence for offer in stretch.offers} for stretch in stretches]


def is_enough(fitting: Mapping[str, Sequence[Stretch]]) -> bool:
    """Whether there is so much of every model, collected in workspaces, that probabilities can be trusted."""
    if any(not stretch.visited for stretches in fitting.values() for stretch in stretches):
        return False
    counts = [[offer.right for each in stretches for offer in worthy(each)] for stretches in fitting.values()]
    return all(min(sum(right), len(right) - sum(right)) >= EVENTS_PER_FEATURE * len(NAMES) for right in counts)


def by_accepted(models: Sequence[Judged]) -> dict[Eagerness, float]:
    """Find for each point the smallest bound from which on enough of what is shown is accepted, with every model."""
    return {name: _least(models, wanted) for name, wanted in ACCEPTED.items()}


def _least(models: Sequence[Judged], wanted: float) -> float:
    for least in np.arange(0.01, 1.0, 0.01):
        found = [point(*model, float(least)) for model in models]
        if all((each.accepted.value or 0.0) >= wanted for each in found):
            return round(float(least), 2)
    raise ValueError(f"Nowhere are {wanted:.0%} of what is shown accepted; collect more.")


def by_amount(models: Sequence[Judged]) -> dict[Eagerness, float]:
    """Find the bounds that show as much as a bound on the tokens did, half of that, and nearly everything.

    All models count together.
    """
    stretches = [stretch for model in models for stretch in model[0]]
    told = [chances for model in models for chances in model[1]]
    formerly, everything = _offered(stretches, sureness(stretches), FORMERLY_SURE), _offered(stretches, told, 1e-9)
    wanted: dict[Eagerness, float] = {
        "quiet": formerly / 2,
        "balanced": formerly,
        "eager": max(NEARLY_ALL * everything, (formerly + everything) / 2),
    }
    bounds = sorted({max(round(chance, 4), 1e-4) for chances in told for chance in chances.values()})
    offered = {bound: _offered(stretches, told, bound) for bound in bounds}
    return {name: _nearest(offered, count) for name, count in wanted.items()}


def _nearest(offered: Mapping[float, int], count: float) -> float:
    return min(offered, key=lambda bound: abs(offered[bound] - count))


def _offered(stretches: Sequence[Stretch], chances: Sequence[Chances], least: float) -> int:
    return sum(played.shown for played in play_all(stretches, chances, least))
