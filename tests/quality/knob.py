"""What a point of the knob would have done, worked out from what was collected.

Invariant: the same is counted as in `lsp/eval/typed.py`: a suggestion once, when it first comes up; right, when its
first line or all of it is what is typed next; characters saved, when it is taken by somebody who takes what is right.
Not followed is what the server takes off a suggestion while it is typed through.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import TYPE_CHECKING

import msgspec

from lsp.acceptance.model import WORTH_CHARACTERS
from lsp.eval.intervals import Estimate, ratio

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from quality.offers import Offer, Stretch


class Played(msgspec.Struct, kw_only=True):
    """What came of one file."""

    requests: int = 0
    characters: int = 0
    accepted_characters: int = 0
    shown: int = 0
    right: int = 0
    accepted: int = 0


class Point(msgspec.Struct, frozen=True, kw_only=True):
    """What a bound does to all files, with intervals over files.

    `shown` is the share of requests that brought something new; `accepted`, `right` and `wrong` are shares of that;
    `keystrokes_saved` is the share of characters that came from suggestions.
    """

    shown_from: float
    requests: int
    offered: int
    shown: Estimate
    accepted: Estimate
    right: Estimate
    wrong: Estimate
    keystrokes_saved: Estimate


Chances = Mapping[int, float]
"""The probability of a file's offers, by how many keys were done."""


def play(stretch: Stretch, is_shown: Callable[[Offer], bool]) -> Played:
    """Type a file again, with some of its offers shown."""
    played, offers = Played(), {offer.keys: offer for offer in stretch.offers}
    last = len(stretch.characters)
    at = 0
    fresh = False  # whether the cursor stands where a suggestion ended, so that the next may come before a key
    while at < last:
        if not fresh:
            played.characters += stretch.characters[at]
            played.requests += 1
            at += 1
        fresh = False
        offer = offers.get(at)
        if offer is None or not is_shown(offer):
            continue
        played.shown += 1
        played.right += offer.right
        at = _walk(played, stretch, offer, at)
        fresh = offer.walk.exhausted
    return played


def _is_shown(offer: Offer, *, chances: Chances, shown_from: float) -> bool:
    return not shown_from or (len(offer.left) >= WORTH_CHARACTERS and chances[offer.keys] >= shown_from)


def _walk(played: Played, stretch: Stretch, offer: Offer, at: int) -> int:
    """Do what somebody does with a suggestion on screen; give how many keys are done then."""
    for keys, accepted in offer.walk.steps:
        if at + keys > len(stretch.characters):
            return len(stretch.characters)
        played.requests += 1
        played.characters += accepted or stretch.characters[at]
        played.accepted_characters += accepted
        played.accepted += accepted > 0
        at += keys
    return at


def play_all(stretches: Sequence[Stretch], chances: Sequence[Chances], shown_from: float) -> list[Played]:
    """Type each file with what a bound shows; `chances` has the probabilities of each file's offers."""
    return [
        play(stretch, partial(_is_shown, chances=told, shown_from=shown_from))
        for stretch, told in zip(stretches, chances, strict=True)
    ]


def point(stretches: Sequence[Stretch], chances: Sequence[Chances], shown_from: float) -> Point:
    """Work out what a bound does."""
    files = play_all(stretches, chances, shown_from)
    shown = [each.shown for each in files]
    return Point(
        shown_from=shown_from,
        requests=sum(each.requests for each in files),
        offered=sum(shown),
        shown=ratio(shown, [each.requests for each in files]),
        accepted=ratio([each.accepted for each in files], shown),
        right=ratio([each.right for each in files], shown),
        wrong=ratio([each.shown - each.right for each in files], shown),
        keystrokes_saved=ratio([each.accepted_characters for each in files], [each.characters for each in files]),
    )
