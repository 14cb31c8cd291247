"""What a point of the knob would have done, worked out from what was collected.

What is taken at the end of the stretch counts as a whole, though it goes beyond: long suggestions are worth no less.

Invariant: the same is counted as in `lsp/eval/typed.py`: a suggestion when it comes up, and again when it becomes
longer; right, when all of it is what is typed next; accepted, when somebody who takes what is right takes some of it,
once. Not followed is what the server takes off a suggestion while it is typed through.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING

import msgspec
from quality.looks import Step

from lsp.acceptance.beginnings import WORTH_CHARACTERS
from lsp.eval.intervals import Estimate, ratio

if TYPE_CHECKING:
    from collections.abc import Callable

    from quality.looks import Choice, Look, Typed


class Played(msgspec.Struct, kw_only=True):
    """What came of one file."""

    requests: int = 0
    characters: int = 0
    accepted_characters: int = 0
    takes: int = 0
    shown: int = 0
    right: int = 0
    accepted: int = 0


class Point(msgspec.Struct, frozen=True, kw_only=True):
    """What a bound does to all files, with intervals over files.

    `shown` is the share of requests that brought something new, or more; `accepted`, `right` and `wrong` are shares of
    that; `keystrokes_saved` is the share of characters that came from suggestions, `net_saved` that less a key for each
    time that something was taken.
    """

    shown_from: float
    requests: int
    offered: int
    shown: Estimate
    accepted: Estimate
    right: Estimate
    wrong: Estimate
    keystrokes_saved: Estimate
    net_saved: Estimate


NO_STEPS: tuple[Step, ...] = ()

Chances = Mapping[int, Sequence[float]]
"""The probabilities of what a file has to show, by how many keys were done."""


def play(typed: Typed, chosen: Callable[[Look], Choice | None]) -> Played:
    """Type a file again, with what is chosen shown: a key, or a suggestion taken, and then a look at what there is."""
    played, looks = Played(), {look.keys: look for look in typed.looks}
    at, steps, left, untaken = 0, iter(NO_STEPS), "", False
    while at < len(typed.characters):
        step = next(steps, None) or Step(1, 0, len(left))
        played.requests += 1
        played.characters += step.accepted or typed.characters[at]
        if step.accepted:
            played.accepted_characters += step.accepted
            played.takes += 1
            played.accepted += untaken
            untaken = False
        at, left = at + step.keys, left[step.characters :]
        choice = chosen(looks[at]) if at in looks else None
        if choice is not None and choice.text != left and choice.text.startswith(left):
            steps, left, untaken = iter(choice.walk), choice.text, True
            played.shown += 1
            played.right += choice.right
    return played


def _chosen(look: Look, *, chances: Chances, shown_from: float) -> Choice | None:
    """Choose the longest that is likely enough, as the server does."""
    if not shown_from:
        return look.choices[0]
    for choice, chance in zip(look.choices, chances[look.keys], strict=True):
        if chance >= shown_from and len(choice.text) >= WORTH_CHARACTERS:
            return choice
    return None


def play_all(files: Sequence[Typed], chances: Sequence[Chances], shown_from: float) -> list[Played]:
    """Type each file with what a bound shows; `chances` has the probabilities of what each has to show."""
    return [
        play(typed, partial(_chosen, chances=told, shown_from=shown_from))
        for typed, told in zip(files, chances, strict=True)
    ]


def point(typed: Sequence[Typed], chances: Sequence[Chances], shown_from: float) -> Point:
    """Work out what a bound does."""
    files = play_all(typed, chances, shown_from)
    shown, characters = [each.shown for each in files], [each.characters for each in files]
    return Point(
        shown_from=shown_from,
        requests=sum(each.requests for each in files),
        offered=sum(shown),
        shown=ratio(shown, [each.requests for each in files]),
        accepted=ratio([each.accepted for each in files], shown),
        right=ratio([each.right for each in files], shown),
        wrong=ratio([each.shown - each.right for each in files], shown),
        keystrokes_saved=ratio([each.accepted_characters for each in files], characters),
        net_saved=ratio([each.accepted_characters - each.takes for each in files], characters),
    )
