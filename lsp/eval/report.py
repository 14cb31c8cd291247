"""What an evaluation came to: the object that `tandem eval --json` prints.

Invariant: every share has its interval, and a silence counts as a case that was not answered right.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import msgspec

from lsp.eval.contrast import Contrast  # noqa: TC001 - msgspec reads the annotations at run time
from lsp.eval.cut import KINDS
from lsp.eval.intervals import Estimate, mean, ratio, share
from lsp.eval.manifest import LANGUAGES
from lsp.eval.score import Outcome  # noqa: TC001
from lsp.eval.stretch import Typed  # noqa: TC001
from lsp.replay.summary import Percentiles, percentiles

if TYPE_CHECKING:
    from collections.abc import Sequence

    from lsp.eval.variant import Variant


class Figures(msgspec.Struct, frozen=True, kw_only=True):
    """Cases of one sort, asked for in one way.

    `exact`, `similarity`, `shown` and `wrong_and_shown` are shares of all cases, `right` of those with something shown.
    `over_bare` is how much larger `exact` is than the bare model's on the same cases, `times_bare` how many times that.
    `silences` counts the reasons, `leaked` special tokens that were shown as text.
    """

    n: int
    exact: Estimate
    similarity: Estimate
    shown: Estimate
    right: Estimate
    wrong_and_shown: Estimate
    over_bare: Estimate
    times_bare: Estimate
    latency_ms: Percentiles
    silences: dict[str, int]
    leaked: int


class Measured(msgspec.Struct, frozen=True, kw_only=True):
    """One way of asking: all cases, those of each kind and language, and each case by itself."""

    name: str
    settings: dict[str, object]
    all: Figures
    kinds: dict[str, Figures]
    languages: dict[str, Figures]
    cells: dict[str, Figures]
    outcomes: tuple[Outcome, ...]
    typed: Typed | None = None


class Evaluation(msgspec.Struct, frozen=True, kw_only=True):
    """All ways, and what was left out or changed beside what it was laid over.

    `visited` files stood open beside each case's. `missing` are packages that could not be had, in sentences.
    """

    model: str
    device: str
    deadlines: bool
    visited: int
    cases: int
    packages: tuple[str, ...]
    missing: tuple[str, ...]
    variants: tuple[Measured, ...]
    contrasts: tuple[Contrast, ...] = ()


def figures(outcomes: Sequence[Outcome], bare: Sequence[Outcome] = ()) -> Figures:
    """Sum up; `bare` are the same cases with the bare model, where that was asked, in any order."""
    n = len(outcomes)
    exact = sum(each.exact for each in outcomes)
    shown = sum(each.shown for each in outcomes)
    right = sum(each.right for each in outcomes)
    without = {each.digest: each.exact for each in bare}
    pairs = [(float(each.exact), float(without[each.digest])) for each in outcomes if each.digest in without]
    return Figures(
        n=n,
        exact=share(exact, n),
        similarity=mean([each.similarity for each in outcomes]),
        shown=share(shown, n),
        right=share(right, shown),
        wrong_and_shown=share(shown - right, n),
        over_bare=mean([ours - theirs for ours, theirs in pairs]),
        times_bare=ratio([ours for ours, _ in pairs], [theirs for _, theirs in pairs]),
        latency_ms=percentiles(each.ms for each in outcomes),
        silences=dict(Counter(each.reason for each in outcomes if not each.shown).most_common()),
        leaked=sum(len(each.leaked) for each in outcomes),
    )


def measured(
    way: Variant, outcomes: Sequence[Outcome], bare: Sequence[Outcome] = (), typed: Typed | None = None
) -> Measured:
    """Sum up one way of asking, by kind and language."""

    def of(kind: str = "", language: str = "") -> Figures:
        return figures([o for o in outcomes if kind in {"", o.kind} and language in {"", o.language}], bare)

    cells = {f"{language}/{kind}": of(kind, language) for language in LANGUAGES for kind in KINDS}
    return Measured(
        name=way.name,
        settings=way.settings,
        all=of(),
        kinds={kind: found for kind in KINDS if (found := of(kind)).n},
        languages={language: found for language in LANGUAGES if (found := of(language=language)).n},
        cells={name: cell for name, cell in cells.items() if cell.n},
        outcomes=tuple(outcomes),
        typed=typed,
    )
