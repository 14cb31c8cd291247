"""Choosing the next token: the likeliest one that continues what was taken back at the cursor.

Invariant: while taken-back bytes are left, the chosen token's bytes begin with them or they begin with it; afterwards
every token is open to choice, special ones included, which end a completion.

Probabilities are those among the tokens open to choice. What the user has typed is a fact and not a prediction: a word
that the model did not expect, but of which it now knows the end, is a good suggestion.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from engine.tokenizer import Tokenizer


@dataclass(frozen=True, slots=True)
class Choice:
    """A token and the natural logarithm of its probability."""

    token: int
    log_probability: float


class Sampler:
    """Greedy choice under a constraint of bytes."""

    def __init__(self, tokenizer: Tokenizer) -> None:
        self._tokenizer = tokenizer

    def choose(self, logits: NDArray[np.float32], rest: bytes) -> Choice | None:
        """Pick the likeliest token; None when the vocabulary has no token, however short, that continues `rest`."""
        if not rest:
            return _likeliest(logits)
        allowed = self._continuing(rest)
        if not len(allowed):
            return None
        choice = _likeliest(logits[allowed])
        return Choice(int(allowed[choice.token]), choice.log_probability)

    def likely(self, logits: NDArray[np.float32], rest: bytes, least: float) -> list[Choice]:
        """Give all tokens of at least that probability, the likeliest first."""
        allowed = self._continuing(rest) if rest else np.arange(len(logits))
        if not len(allowed):
            return []
        scores = logits[allowed]
        weights = np.exp(scores - scores.max())
        probabilities = weights / weights.sum(dtype=np.float64)
        places = np.flatnonzero(probabilities >= least)
        order = places[np.argsort(-scores[places], kind="stable")]
        return [Choice(int(allowed[place]), float(np.log(probabilities[place]))) for place in order]

    def _continuing(self, rest: bytes) -> NDArray[np.int64]:
        """Find the tokens that begin with `rest`, or that it begins with."""
        return np.append(self._tokenizer.starting_with(rest), self._tokenizer.within(rest)).astype(np.int64)


def _likeliest(logits: NDArray[np.float32]) -> Choice:
    best = int(logits.argmax())
    return Choice(best, -float(np.log(np.exp(logits - logits[best]).sum(dtype=np.float64))))
