"""Two ways of asking, case by case.

Invariant: only cases that were asked for in both ways count, so that the difference is not that of the cases.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from lsp.eval.cut import KINDS
from lsp.eval.intervals import Estimate, mcnemar, mean
from lsp.replay.summary import percentile

if TYPE_CHECKING:
    from collections.abc import Sequence

    from lsp.eval.score import Outcome


class Contrast(msgspec.Struct, frozen=True, kw_only=True):
    """A way beside another: by how much larger its shares are, of all `n` cases.

    `gained` cases are exact in this way alone, `lost` ones in the other alone; `chance` is how likely so uneven a
    change would be if both were as good (McNemar's exact test). `more_ms` is how much later the slowest twentieth came
    (p95), which says something only of answers with deadlines, on a quiet machine. `kinds` are the differences in
    exact ones by kind.
    """

    name: str
    beside: str
    n: int
    exact: Estimate
    similarity: Estimate
    gained: int
    lost: int
    chance: float
    more_ms: float | None
    kinds: dict[str, Estimate]


def contrast(name: str, ours: Sequence[Outcome], beside: str, theirs: Sequence[Outcome]) -> Contrast:
    """Compare a way of asking with another, on the cases of both."""
    known = {each.digest: each for each in theirs}
    pairs = [(each, known[each.digest]) for each in ours if each.digest in known]
    gained = sum(our.exact and not their.exact for our, their in pairs)
    lost = sum(their.exact and not our.exact for our, their in pairs)
    return Contrast(
        name=name,
        beside=beside,
        n=len(pairs),
        exact=_exact(pairs),
        similarity=mean([our.similarity - their.similarity for our, their in pairs]),
        gained=gained,
        lost=lost,
        chance=mcnemar(gained, lost),
        more_ms=_later([our.ms for our, _ in pairs], [their.ms for _, their in pairs]),
        kinds={kind: _exact(some) for kind in KINDS if (some := [pair for pair in pairs if pair[0].kind == kind])},
    )


def _exact(pairs: Sequence[tuple[Outcome, Outcome]]) -> Estimate:
    return mean([float(our.exact) - their.exact for our, their in pairs])


def _later(ours_ms: Sequence[float], theirs_ms: Sequence[float]) -> float | None:
    ours, theirs = percentile(0.95, ours_ms), percentile(0.95, theirs_ms)
    return None if ours is None or theirs is None else round(ours - theirs, 2)
