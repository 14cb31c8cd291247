"""What suggestions were worth over a stretch of a held-out file that somebody typed.

Invariant: a suggestion counts when it comes up, and as another when it becomes longer; what is left of it while it is
typed through is no other. It is accepted when some of it is taken, once or more often.
It is right if all of it is exactly what would be typed next, else wrong; of a wrong one the first line may be taken.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from lsp.eval.intervals import NOTHING, Estimate, ratio, ratios_apart

if TYPE_CHECKING:
    from collections.abc import Sequence


class Stretch(msgspec.Struct, frozen=True, kw_only=True):
    """One file: characters written, of which so many were accepted, and its suggestions.

    `digest` tells it from all others; `retained` of the `takes` were still there at the end, but for small edits.
    `leaked` are special tokens that were shown as text.
    """

    file: str
    digest: str
    requests: int
    characters: int
    accepted_characters: int
    shown: int
    right: int
    accepted: int
    takes: int
    retained: int
    leaked: tuple[str, ...] = ()


class Typed(msgspec.Struct, frozen=True, kw_only=True):
    """All files. Intervals are over files, so those of few files say little.

    `keystrokes_saved` is the share of characters that came from suggestions, `over_bare` how much larger it is than the
    bare model's in the same files; `shown` is the share of requests that brought a new one, `accepted` and `wrong` are
    shares of those shown, `retained` one of what was taken. `leaked` counts special tokens shown as text.
    """

    files: tuple[Stretch, ...]
    keystrokes_saved: Estimate
    over_bare: Estimate
    shown: Estimate
    accepted: Estimate
    retained: Estimate
    wrong: Estimate
    leaked: int


def sum_up(stretches: Sequence[Stretch], bare: Sequence[Stretch] = ()) -> Typed:
    """Put the files together; `bare` are those that were typed with the bare model, in any order."""
    shown = [each.shown for each in stretches]
    return Typed(
        files=tuple(stretches),
        keystrokes_saved=ratio([s.accepted_characters for s in stretches], [s.characters for s in stretches]),
        over_bare=_over_bare(stretches, bare),
        shown=ratio(shown, [s.requests for s in stretches]),
        accepted=ratio([each.accepted for each in stretches], shown),
        retained=ratio([s.retained for s in stretches], [s.takes for s in stretches]),
        wrong=ratio([s.shown - s.right for s in stretches], shown),
        leaked=sum(len(s.leaked) for s in stretches),
    )


def _over_bare(stretches: Sequence[Stretch], bare: Sequence[Stretch]) -> Estimate:
    without = {each.digest: each for each in bare}
    pairs = [(each, without[each.digest]) for each in stretches if each.digest in without]
    if not pairs:
        return NOTHING
    return ratios_apart(
        ([ours.accepted_characters for ours, _ in pairs], [ours.characters for ours, _ in pairs]),
        ([theirs.accepted_characters for _, theirs in pairs], [theirs.characters for _, theirs in pairs]),
    )
