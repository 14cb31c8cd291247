"""Greedy decoding as the textbook has it: no cache, no draft, every token from a whole new reading."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from engine.alternatives import LEAST_PROBABILITY
from engine.messages import Alternative
from engine.pace import LONGEST_STEP_TOKENS
from engine.stop import Ending, loop_start, natural_end, whole_piece
from engine.tokenizer import whole_characters

if TYPE_CHECKING:
    from collections.abc import Iterator

    from engine.core import Core
    from engine.messages import Complete, Completed
    from engine.sampler import Choice


class Plain:
    """What a core's model says to a request, and what it nearly says."""

    def __init__(self, core: Core, request: Complete) -> None:
        self._core = core
        self._request = request
        self._prompt = core._reader._prompts.build(request.prefix, request.frame)
        self._before = request.prefix.rpartition("\n")[2]

    def decode(self, forced: list[Choice]) -> Alternative:
        """Say what comes after the prompt and these tokens."""
        chosen: list[Choice] = []
        while (ending := self._ending(chosen)) is None:
            choice = forced[len(chosen)] if len(chosen) < len(forced) else self._choices(chosen, 0.0)[0]
            if not self._core._bench.tokenizer.bytes_of(choice.token):
                ending = Ending(self._text(chosen).rstrip(), "end")
                break
            chosen.append(choice)
        confidence = self._confidence(chosen, ending.text)
        return Alternative(text=ending.text, tokens=len(chosen), stop=ending.stop, confidence=confidence)

    def branches(self) -> Iterator[Alternative]:
        """Say what comes after each token that might have been chosen where the first text shows."""
        greedy: list[Choice] = []
        shown = len(self._prompt.taken_back) + len(self.decode([]).text.encode())
        while len(greedy) < LONGEST_STEP_TOKENS and (not greedy or len(self._data(greedy)) < shown):
            first, *rest = self._choices(greedy, LEAST_PROBABILITY)
            yield from (
                self.decode([*greedy, choice]) for choice in rest if self._core._bench.tokenizer.bytes_of(choice.token)
            )
            greedy.append(first)

    def _choices(self, chosen: list[Choice], least: float) -> list[Choice]:
        model, sampler = self._core._bench.model, self._core._bench.sampler
        ids = [*self._prompt.ids, *(choice.token for choice in chosen)]
        (row,) = model.step(model.new_cache(len(ids)), 0, ids, 1).logits
        return sampler.likely(row, self._prompt.taken_back[len(self._data(chosen)) :], least)

    def _ending(self, chosen: list[Choice]) -> Ending | None:
        if not chosen:
            return None
        text, ids = self._text(chosen), [choice.token for choice in chosen]
        if ending := natural_end(self._request.shape, self._before, text):
            return ending
        if len(chosen) >= self._request.max_tokens:
            return Ending(whole_piece(self._request.shape, self._before, text), "length")
        if (start := loop_start(ids)) is not None:
            return Ending(whole_piece(self._request.shape, self._before, self._text(chosen[:start])), "repeat")
        return None

    def _confidence(self, chosen: list[Choice], shown: str) -> float:
        first = len(self._prompt.taken_back)
        ends = [len(self._data(chosen[: count + 1])) for count in range(len(chosen))]
        spans = zip([0, *ends], ends, chosen, strict=False)
        last = first + len(shown.encode())
        logs = [choice.log_probability for start, end, choice in spans if start < last and end > first]
        return math.exp(float(np.mean(logs))) if shown else 0.0

    def _data(self, chosen: list[Choice]) -> bytes:
        return self._core._bench.tokenizer.join(choice.token for choice in chosen)

    def _text(self, chosen: list[Choice]) -> str:
        return whole_characters(self._data(chosen)[len(self._prompt.taken_back) :])


def clashes(text: str, others: list[str]) -> bool:
    """Tell whether a text says nothing, what another one says, a beginning of it, or that and more."""
    says = "".join(text.split())
    visible = ["".join(other.split()) for other in others if other]
    return not says or any(says.startswith(other) or other.startswith(says) for other in visible)


def same(found: Completed | Alternative, plain: Alternative) -> bool:
    return (found.text, found.tokens, found.stop) == (plain.text, plain.tokens, plain.stop) and math.isclose(
        found.confidence, plain.confidence, rel_tol=1e-4
    )
