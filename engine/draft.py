"""Drafts for speculative decoding: guesses at the next tokens, from what followed the same tokens the last time.

Invariant: a draft is only ever checked against the model and never believed. Whatever stands here, the text that comes
out is that of plain greedy decoding; a good draft only makes it come in fewer steps.

An n-gram cache: for every run of 1 to LONGEST_RUN tokens, the token that followed it most recently in what the engine
has read (the prompts of all open documents as they were at some time, so what was deleted since is known, too) or
written. Each key adds the few tokens that are new. Drafting chains look-ups, the longest run that is known first, and
goes on for as long as one more token is expected to save more than checking it costs. The idea of prompt look-up is
Saxena's (https://github.com/apoorvumang/prompt-lookup-decoding), chained n-grams are those of llama.cpp's lookup.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

LONGEST_RUN = 8  # tokens; measured on 120 places in packages: 4, 6, 8 give 2.37, 2.48, 2.51 tokens a step
LONGEST_DRAFT = 15
CAPACITY = 1 << 16  # runs in a generation, about 12 MB
FORGETTING = 0.98  # of what agreed at earlier checks, at each new one


@dataclass(frozen=True, slots=True)
class Draft:
    """Guessed tokens, and of each how long the run was that it was guessed from."""

    tokens: tuple[int, ...] = ()
    runs: tuple[int, ...] = ()


NO_DRAFT = Draft()


class Drafts:
    """What follows what, and how often that was right lately."""

    def __init__(self) -> None:
        self._young: dict[int, int] = {}
        self._old: dict[int, int] = {}
        # Before anything was checked: what was right in the measurement above, by the length of the run.
        self._agreement = [0.0, 0.35, 0.42, 0.5, 0.66, 0.7, 0.8, 0.85, 0.9]

    def read(self, ids: Sequence[int], start: int) -> None:
        """Learn which token follows the runs that end at `start` or later; what stands before was read already."""
        if len(self._young) > CAPACITY:
            self._young, self._old = {}, self._young
        for place in range(max(start, 1), len(ids)):
            for first in range(max(place - LONGEST_RUN, 0), place):
                self._young[hash(tuple(ids[first:place]))] = ids[place]

    def propose(self, ids: Sequence[int], room: int, step_s: Callable[[int], float]) -> Draft:
        """Guess what follows `ids`, at most `room` tokens; `step_s` gives the seconds of a step of so many.

        The length is the one that gives the most tokens a second, one of which is the model's own and sure.
        """
        recent = list(ids[-LONGEST_RUN:])
        tokens: list[int] = []
        runs: list[int] = []
        sure, expected, best, length = 1.0, 1.0, 1.0 / step_s(1), 0
        while len(tokens) < room:
            token, run = self._next(recent)
            if not run:
                break
            tokens.append(token)
            runs.append(run)
            recent = [*recent[1 - LONGEST_RUN :], token]
            sure *= self._agreement[run]
            expected += sure
            if (rate := expected / step_s(1 + len(tokens))) > best:
                best, length = rate, len(tokens)
        return Draft(tuple(tokens[:length]), tuple(runs[:length]))

    def checked(self, draft: Draft, agreed: int) -> None:
        """Learn that so many tokens of a draft were right, and the one after them, if there is one, was wrong."""
        for place, run in enumerate(draft.runs[: agreed + 1]):
            self._agreement[run] += (1 - FORGETTING) * ((place < agreed) - self._agreement[run])

    def _next(self, recent: list[int]) -> tuple[int, int]:
        """Find what followed the longest run at the end of `recent` that is known, and that run's length, or 0."""
        for first in range(max(len(recent) - LONGEST_RUN, 0), len(recent)):
            key = hash(tuple(recent[first:]))
            token = self._young.get(key)
            if token is None:
                token = self._old.get(key)
            if token is not None:
                return token, len(recent) - first
        return 0, 0
