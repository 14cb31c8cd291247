"""What steps cost on this device, as learnt from the latest ones: for the length of chunks, drafts, and deadlines.

Invariant: it never measures anything by itself and starts with usable guesses; one outlier is soon outweighed.
"""

from __future__ import annotations

from dataclasses import dataclass, field

CHUNK_S = 0.05  # what a chunk may take: cancelling has to wait for it
SMALLEST_CHUNK_TOKENS = 16
LARGEST_CHUNK_TOKENS = 512
LONGEST_STEP_TOKENS = 16
"""A step of more tokens is a chunk of a prompt and says nothing about decoding."""

_FORGETTING = 0.95
_GROWTH = 0.06  # what each further token adds to a step of one, before anything else is known
_SPREAD = 0.5  # (tokens squared) of variance from which on a slope can be told


@dataclass(slots=True)
class StepCost:
    """A straight line through tokens and seconds of the latest decoding steps, older ones counting less."""

    weight: float = 0.0
    tokens: float = 0.0
    seconds: float = 0.0
    tokens_squared: float = 0.0
    product: float = 0.0

    def learn(self, tokens: int, wall_s: float) -> None:
        """Take a step's duration into account."""
        self.weight = self.weight * _FORGETTING + 1
        rate = 1 / self.weight
        self.tokens += rate * (tokens - self.tokens)
        self.seconds += rate * (wall_s - self.seconds)
        self.tokens_squared += rate * (tokens * tokens - self.tokens_squared)
        self.product += rate * (tokens * wall_s - self.product)

    def of(self, tokens: int) -> float:
        """Estimate the seconds of a step of so many tokens; without anything learnt, in units of a step of one."""
        if not self.weight:
            return 1 + _GROWTH * (tokens - 1)
        variance = self.tokens_squared - self.tokens * self.tokens
        guess = self.seconds / (1 + _GROWTH * (self.tokens - 1)) * _GROWTH
        slope = (self.product - self.tokens * self.seconds) / variance if variance > _SPREAD else guess
        slope = min(max(slope, 0.0), self.seconds / self.tokens)
        return max(self.seconds + slope * (tokens - self.tokens), 0.0) or self.seconds


@dataclass(slots=True)
class Pace:
    """How many tokens fit into CHUNK_S, and what decoding steps cost."""

    chunk_tokens: int = SMALLEST_CHUNK_TOKENS
    fill_token_s: float = 0.0
    cost: StepCost = field(default_factory=StepCost)

    def learn(self, tokens: int, rows: int, wall_s: float) -> None:
        """Take a step into account; one that gives a row of logits for each token is no chunk of a prompt."""
        if tokens <= LONGEST_STEP_TOKENS:
            self.cost.learn(tokens, wall_s)
        if tokens >= SMALLEST_CHUNK_TOKENS and rows < tokens:
            self.fill_token_s = wall_s / tokens
            fitting = int(tokens * CHUNK_S / max(wall_s, 1e-6))
            self.chunk_tokens = min(max(fitting, SMALLEST_CHUNK_TOKENS), 2 * self.chunk_tokens, LARGEST_CHUNK_TOKENS)

    def next_chunk(self, waiting: int) -> int:
        """How many of the waiting tokens to take: no more than fit, and no short rest is left."""
        return waiting if waiting <= self.chunk_tokens else min(self.chunk_tokens, (waiting + 1) // 2)

    def fill_s(self, tokens: int) -> float:
        """Estimate what filling in so many tokens takes; 0 before the first chunk."""
        return tokens * self.fill_token_s

    def step_s(self, tokens: int) -> float:
        """Estimate what a decoding step of so many tokens takes; 0 before the first one."""
        return self.cost.of(tokens) if self.cost.weight else 0.0
