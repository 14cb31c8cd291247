"""From which probability on each point of the knob shows something.

Invariant: bounds come from files to fit to, of which each has its probabilities by weights that were fitted to others,
since those by its own flatter; "others" are other packages.

What they are to do is a share of suggestions that are accepted, as soon as the probabilities can be trusted: from ten
right and ten wrong ones of each model for each feature on, collected as users have it. Until then they are provisional,
and go by how much is shown.

Source of ten: P. Peduzzi et al., A simulation study of the number of events per variable in logistic regression
analysis, Journal of Clinical Epidemiology 49 (1996).
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import accumulate
from typing import TYPE_CHECKING

import numpy as np
from quality.knob import Chances, play_all, point
from quality.looks import Typed

from lsp.acceptance.features import NAMES

if TYPE_CHECKING:
    from collections.abc import Mapping

    from lsp.settings import Eagerness

Judged = tuple[Sequence[Typed], Sequence[Chances]]
"""What was collected with a model, and its probabilities, file by file."""

EVENTS_PER_FEATURE = 10

ACCEPTED: dict[Eagerness, float] = {"quiet": 0.75, "balanced": 0.55, "eager": 0.4}
"""The share of what is shown that is accepted at each point, with something to spare for other files."""

STEADY_BOUNDS = 5
"""A bound is taken when so many in a row reach what is wanted."""

ALIKE_CHARACTERS = 12

FORMERLY_SURE = 0.3
"""The mean probability of its tokens from which on a suggestion came by itself before its own was known."""

NEARLY_ALL = 0.95
BOUNDS_TRIED = 1000


def sureness(files: Sequence[Typed]) -> list[Chances]:
    """Give the mean probability of the tokens of each answer for all of it, and nothing for a beginning, by file."""
    return [{look.keys: (look.confidence, *[0.0] * (len(look.choices) - 1)) for look in typed.looks} for typed in files]


def is_enough(fitting: Mapping[str, Sequence[Typed]]) -> bool:
    """Whether there is so much of every model, collected in workspaces, that probabilities can be trusted.

    While something is typed through, the same beginnings are there at each key: they count once.
    """
    if any(not typed.visited for files in fitting.values() for typed in files):
        return False
    counts = [_distinct(files, right=right) for files in fitting.values() for right in (True, False)]
    return min(counts) >= EVENTS_PER_FEATURE * len(NAMES)


def _distinct(files: Sequence[Typed], *, right: bool) -> int:
    """Count texts that were right, or wrong, those that end at the same place alike once."""
    found = set()
    for typed in files:
        written = [0, *accumulate(typed.characters)]
        found |= {
            (typed.package, typed.path, written[look.keys] + len(choice.text), choice.text[-ALIKE_CHARACTERS:])
            for look in typed.looks
            for choice in look.choices
            if choice.right == right
        }
    return len(found)


def by_accepted(models: Sequence[Judged]) -> dict[Eagerness, float]:
    """Find for each point the smallest bound from which on enough of what is shown is accepted, with every model."""
    return {name: _least(models, wanted) for name, wanted in ACCEPTED.items()}


def _least(models: Sequence[Judged], wanted: float) -> float:
    tried = np.arange(0.01, 1.0, 0.01)
    enough = [all((point(*model, float(least)).accepted.value or 0.0) >= wanted for model in models) for least in tried]
    for number, least in enumerate(tried):
        if all(enough[number : number + STEADY_BOUNDS]):
            return round(float(least), 2)
    raise ValueError(f"Nowhere are {wanted:.0%} of what is shown accepted; collect more.")


def by_amount(models: Sequence[Judged]) -> dict[Eagerness, float]:
    """Find the bounds that show as much as a bound on the tokens did, half of that, and nearly everything.

    All models count together.
    """
    files = [typed for model in models for typed in model[0]]
    told = [chances for model in models for chances in model[1]]
    formerly, everything = _offered(files, sureness(files), FORMERLY_SURE), _offered(files, told, 1e-9)
    wanted: dict[Eagerness, float] = {
        "quiet": formerly / 2,
        "balanced": formerly,
        "eager": max(NEARLY_ALL * everything, (formerly + everything) / 2),
    }
    every = [chance for chances in told for each in chances.values() for chance in each]
    tried = np.quantile(every, np.linspace(0, 1, BOUNDS_TRIED))
    bounds = sorted({max(round(float(bound), 4), 1e-4) for bound in tried})
    offered = {bound: _offered(files, told, bound) for bound in bounds}
    return {name: _nearest(offered, count) for name, count in wanted.items()}


def _nearest(offered: Mapping[float, int], count: float) -> float:
    return min(offered, key=lambda bound: abs(offered[bound] - count))


def _offered(files: Sequence[Typed], chances: Sequence[Chances], least: float) -> int:
    return sum(played.shown for played in play_all(files, chances, least))
