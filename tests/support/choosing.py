"""A model that chooses tokens by itself and keeps its logits until they are fetched, as those on graphics cards do."""

from __future__ import annotations

from functools import cache as once
from typing import TYPE_CHECKING

import numpy as np

from hardware.device import Likeliest, Step
from hardware.null import NullModel

if TYPE_CHECKING:
    from collections.abc import Sequence

    from hardware.device import Cache, Logits


class ChoosingModel(NullModel):
    """The null model, with a count of its steps and of how often logits were fetched."""

    steps = 0
    fetched = 0

    def step(self, cache: Cache, keep: int, tokens: Sequence[int], rows: int) -> Step:
        step = super().step(cache, keep, tokens, rows)
        logits, self.steps = step.logits, self.steps + 1

        @once
        def fetch() -> Logits:
            self.fetched += 1
            return logits

        return Step(fetch, step.timing, [_likeliest(row) for row in logits])


def _likeliest(row: Logits) -> Likeliest:
    exact = row.astype(np.float64)
    return Likeliest(int(row.argmax()), float(exact.max() - np.log(np.exp(exact).sum())))
