"""A model that wavers: after the same few ids it gives to each id that followed them the share it had in that."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
from support.cores import Clock, SlowModel

from engine.core import Core
from engine.prompt import NULL_FORMAT
from engine.tokenizer import NULL_SPECIALS, Tokenizer, byte_tokenizer
from hardware.device import Step, Timing, WallSeconds
from hardware.null import NULL_MODEL, NullCache, NullModel

if TYPE_CHECKING:
    from collections.abc import Sequence

    from hardware.device import Cache

RUN = 4  # ids
_NEVER = -30.0

MENU = "total = alpha\n" * 3 + "total = beta\n" * 2 + "total = gamma\n" + "print(total)\n" + "total = "
"""Three lines to choose from: the first has half of the probability, the second a third, the last a sixth."""


class WaveringModel(NullModel):
    """Counts what followed; where nothing did, the text ends. `steps` counts, too."""

    steps = 0

    def step(self, cache: Cache, keep: int, tokens: Sequence[int], rows: int) -> Step:
        super().step(cache, keep, tokens, 0)
        assert isinstance(cache, NullCache)
        self.steps += 1
        logits = np.full((rows, self.spec.vocabulary), _NEVER, dtype=np.float32)
        for row in range(rows):
            for token, count in self._following(cache.ids, len(cache.ids) - rows + 1 + row).items():
                logits[row, token] = np.log(count)
        return Step(logits, Timing(WallSeconds(0.001)))

    def _following(self, ids: str, end: int) -> Counter[int]:
        run = ids[max(end - RUN, 0) : end]
        following: Counter[int] = Counter()
        place = ids.find(run)
        while 0 <= place < end - len(run):
            following[ord(ids[place + len(run)])] += 1
            place = ids.find(run, place + 1)
        return following or Counter(self.spec.stop_tokens)


def wavering_core(
    tokenizer: Tokenizer | None = None, *, clock: Clock | None = None, token_s: float = 0.0, caches: int = 3
) -> Core:
    """Set up a core over such a model, on a clock of its own where one is given."""
    tokenizer = tokenizer or byte_tokenizer()
    end = tokenizer.special(NULL_SPECIALS[-1])
    model = WaveringModel(replace(NULL_MODEL, vocabulary=tokenizer.size, stop_tokens=(end,)))
    if clock is None:
        return Core(model, tokenizer, NULL_FORMAT, context_tokens=1024, caches=caches)
    slow = SlowModel(model, clock, token_s)
    return Core(slow, tokenizer, NULL_FORMAT, context_tokens=1024, caches=caches, clock=clock)
