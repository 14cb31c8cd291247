"""How fast a person types: gaps between keys, drawn so that their tenth, half and nine tenths are as measured.

Source: 92 minutes of TypeScript, recorded with millisecond stamps: p10 45 ms, p50 111 ms, p90 721 ms. The logarithm
of a gap is normal on either side of the median, wider above it, since one pauses longer than one can hurry.

Invariant: the same seed gives the same gaps.
"""

from __future__ import annotations

import math
import random
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

P10_MS, P50_MS, P90_MS = 45.0, 111.0, 721.0
LONGEST_MS = 2_000.0  # a person who thinks for longer teaches nothing about the server

_Z90 = 1.2815515655446004  # the standard normal distribution's 90th percentile
_HURRY = math.log(P50_MS / P10_MS) / _Z90
_PAUSE = math.log(P90_MS / P50_MS) / _Z90


def gaps_ms(seed: int) -> Iterator[float]:
    """Yield gaps without end."""
    source = random.Random(seed)  # noqa: S311 - typing, not secrets
    while True:
        z = source.gauss()
        yield min(LONGEST_MS, P50_MS * math.exp(z * (_PAUSE if z > 0 else _HURRY)))
