"""A check that a model which has just been opened computes what it should, for devices that nobody could try.

Invariant: what passes has appended in place and rewound: a text gives the same logits however it came into the cache,
but for rounding. A provider whose attention hands out a longer cache, or copies it, or overflows, does not pass.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from hardware.device import ModelRefused

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

    from hardware.device import Model

CAPACITY_TOKENS = 48
TEXT_TOKENS = 32
ROWS = 4
LARGEST_ERROR = 0.1
"""Root mean square of the difference over that of the logits: float16 leaves about 0.01, another text gives 1.4."""


def prove(model: Model, device: str) -> None:
    """Compute one text in several ways, which warms the model up as well. Raises ModelRefused."""
    text = [(7 * place + 3) % model.spec.vocabulary for place in range(TEXT_TOKENS)]
    whole = _logits(model, text, [TEXT_TOKENS])
    if not np.isfinite(whole).all():
        raise ModelRefused(f"{device} computes no numbers from {model.spec.name}: use --device cpu.")
    scale = np.sqrt(np.square(whole - whole.mean()).mean())
    for lengths in ([20, 12], [16, 1, 1, 1, 13], [28, 4]):
        error = np.sqrt(np.square(_logits(model, text, lengths) - whole).mean())
        if not error <= LARGEST_ERROR * scale:  # a NaN does not pass either
            raise ModelRefused(
                f"{device} computes {model.spec.name} wrongly (steps of {lengths} tokens give other logits than one, "
                f"by {error / scale:.0%}): use --device cpu."
            )


def _logits(model: Model, text: list[int], lengths: Iterable[int]) -> NDArray[np.float32]:
    """Give the last rows of a text that comes in steps of these lengths, over a cache that held something else."""
    cache = model.new_cache(CAPACITY_TOKENS)
    model.step(cache, 0, text[::-1], 0)
    done, logits = 0, np.empty((0, model.spec.vocabulary), np.float32)
    for length in lengths:
        logits = model.step(cache, done, text[done : done + length], min(length, ROWS)).logits.copy()
        done += length
    return logits
