"""Devices that compute wrongly, in ways in which a provider that nobody has tried might."""

from __future__ import annotations

from typing import TYPE_CHECKING
from zlib import crc32

import numpy as np
import pytest

from hardware.device import ModelRefused, Step, Timing, WallSeconds
from hardware.null import NULL_MODEL, NullCache, NullModel
from hardware.proof import prove

if TYPE_CHECKING:
    from collections.abc import Sequence

    from hardware.device import Cache


class Scattering(NullModel):
    """Gives, after each token, logits that depend on all ids so far and on nothing else."""

    def step(self, cache: Cache, keep: int, tokens: Sequence[int], rows: int) -> Step:
        assert isinstance(cache, NullCache)
        cache.ids = cache.ids[:keep] + "".join(map(chr, tokens))
        seeds = [crc32(cache.ids[: len(cache.ids) - row].encode()) for row in reversed(range(rows))]
        logits = [np.random.default_rng(seed).standard_normal(self.spec.vocabulary, np.float32) for seed in seeds]
        return Step(np.array(logits, np.float32).reshape(rows, self.spec.vocabulary), Timing(WallSeconds(0.0)))


class Forgetful(Scattering):
    """Appends nothing: each step stands alone, as where keys and values are handed out beside the cache."""

    def step(self, cache: Cache, keep: int, tokens: Sequence[int], rows: int) -> Step:
        del keep
        return super().step(cache, 0, tokens, rows)


class Overflowing(Scattering):
    """Gives infinities, as float16 may."""

    def step(self, cache: Cache, keep: int, tokens: Sequence[int], rows: int) -> Step:
        step = super().step(cache, keep, tokens, rows)
        return Step(step.logits * np.float32(np.inf), step.timing)


def test_a_model_that_appends_and_rewinds_passes() -> None:
    prove(Scattering(NULL_MODEL), "Null")


@pytest.mark.parametrize(
    ("model", "says"), [(Forgetful, "wrongly"), (Overflowing, "no numbers")], ids=["forgetful", "overflowing"]
)
def test_one_that_does_not_is_refused(model: type[Scattering], says: str) -> None:
    with pytest.raises(ModelRefused, match=rf"{says}.*use --device cpu"):
        prove(model(NULL_MODEL), "Null")
