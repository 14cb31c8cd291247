"""From what was collected to weights and a knob, and to figures on files that had no part in them.

Invariant: weights, penalty and bounds come from the files to fit to alone.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import msgspec
import numpy as np
from quality.bounds import FORMERLY_SURE, by_accepted, by_amount, is_enough, sureness
from quality.cardfile import Fitted, Reliability, write_card
from quality.knob import Chances, Point, point
from quality.logistic import Rows, best_ridge, chances, cross_fitted, fit, log_loss
from quality.reliability import bins, calibration_error, picture

from lsp.acceptance.model import OTHER, Card, Weights, card
from lsp.eval.markdown import bounds

if TYPE_CHECKING:
    from collections.abc import Hashable, Mapping, Sequence

    from numpy.typing import NDArray
    from quality.looks import Typed

    from lsp.settings import Eagerness


class Assessed(msgspec.Struct, frozen=True, kw_only=True):
    """A model's suggestions in files that nothing was fitted to: calibration, and the points of the knob.

    `formerly` is what a bound on the probability of the tokens did, before there was the knob.
    """

    model: str
    files: int
    reliability: Reliability
    points: dict[Eagerness, Point]
    formerly: Point


class Assessment(NamedTuple):
    """All models, and the picture of their calibration."""

    models: tuple[Assessed, ...]
    picture: str


def rows_of(files: Sequence[Typed]) -> Rows:
    """Make a table of all that might have been shown; a file that was typed with several models is one."""
    rows = [(typed, choice) for typed in files for look in typed.looks for choice in look.choices]
    return Rows(
        np.array([msgspec.structs.astuple(choice.features) for _, choice in rows], dtype=float),
        np.array([choice.right for _, choice in rows], dtype=float),
        _numbers([(typed.package, typed.path) for typed, _ in rows]),
        _numbers([typed.package for typed, _ in rows]),
    )


def _numbers(names: Sequence[Hashable]) -> NDArray[np.int64]:
    """Number what has a name, the same name with the same number."""
    known = {name: number for number, name in enumerate(dict.fromkeys(names))}
    return np.array([known[name] for name in names], dtype=np.int64)


def card_text(fitting: Mapping[str, list[Typed]], held_out: Mapping[str, list[Typed]], *, day: str) -> str:
    """Fit weights for each model and for others, set the knob, and write the card."""
    together = {**fitting, OTHER: [typed for each in fitting.values() for typed in each]}
    tables = {model: rows_of(files) for model, files in together.items()}
    ridges = {model: best_ridge(rows) for model, rows in tables.items()}
    unseen = {model: cross_fitted(rows, ridges[model]) for model, rows in tables.items()}
    shared = _shared(tables, unseen[OTHER])
    for model, part in shared.items():  # those of all models together are no worse, and fitted to more
        if log_loss(part, tables[model].labels) <= log_loss(unseen[model], tables[model].labels):
            del unseen[model]
    weights = {model: fit(tables[model], ridges[model]) for model in unseen}
    fitted = {
        model: Fitted(
            offers=len(rows.labels),
            right=int(rows.labels.sum()),
            files=len(together[model]),
            without_context=sum(not typed.visited for typed in together[model]),
            ridge=ridges[model],
            log_loss=round(log_loss(unseen[model], rows.labels), 4),
        )
        for model, rows in tables.items()
        if model in unseen
    }
    judged = [(files, _by_file(files, unseen.get(model, shared[model]))) for model, files in fitting.items()]
    trusted = is_enough(fitting)
    points = by_accepted(judged) if trusted else by_amount(judged)
    turned_out = [reliability(model, held_out[model], whose, weights[whose]) for model in held_out for whose in weights]
    return write_card(
        Card(points, weights),
        fitted,
        turned_out,
        provisional=not trusted,
        day=day,
        packages=_packages(fitting),
        held_out_packages=_packages(held_out),
    )


def reliability(model: str, files: Sequence[Typed], whose: str, weights: Weights) -> Reliability:
    """See how far probabilities by somebody's weights are those of a model's suggestions."""
    rows = rows_of(files)
    probabilities = chances(weights, rows.features)
    found = bins(probabilities, rows)
    return Reliability(
        model=model,
        weights=whose,
        offers=len(rows.labels),
        files=len(files),
        log_loss=round(log_loss(probabilities, rows.labels), 4),
        calibration_error=round(calibration_error(found), 4),
        bins=found,
    )


def assess(held_out: Mapping[str, list[Typed]]) -> Assessment:
    """See what the card that comes with Tandem does."""
    shipped = card()
    points: dict[Eagerness, float] = {**shipped.shown_from, "everything": 0.0}
    found: list[Assessed] = []
    for model, files in held_out.items():
        weights = shipped.weights_for(model)
        told = _by_file(files, chances(weights, rows_of(files).features))
        found.append(
            Assessed(
                model=model,
                files=len(files),
                reliability=reliability(model, files, model if model in shipped.weights else OTHER, weights),
                formerly=point(files, sureness(files), FORMERLY_SURE),
                points={name: point(files, told, least) for name, least in points.items()},
            )
        )
    return Assessment(tuple(found), picture({each.model: each.reliability.bins for each in found}))


def show(assessment: Assessment) -> str:
    """Write the figures as a table in Markdown, a row for each model and point."""
    head = "| model | eagerness | from | requests with something new | accepted | wrong | keystrokes saved | net |"
    lines = [head, "|---" * 8 + "|"]
    for each in assessment.models:
        for name, at in [*each.points.items(), ("formerly", each.formerly)]:
            cells = (at.shown, at.accepted, at.wrong, at.keystrokes_saved, at.net_saved)
            lines.append(f"| {each.model} | {name} | {at.shown_from:.4f} | {' | '.join(map(bounds, cells))} |")
    for each in assessment.models:
        told = each.reliability
        lines.append(
            f"{each.model}: {told.offers} offers in {told.files} files, calibration error "
            f"{told.calibration_error:.3f}, log loss {told.log_loss:.3f}"
        )
    return "\n".join(lines) + "\n"


def _shared(tables: Mapping[str, Rows], unseen: NDArray[np.float64]) -> dict[str, NDArray[np.float64]]:
    """Share out the probabilities by the weights of all models together, which have the rows of one after the other."""
    models = [model for model in tables if model != OTHER]
    ends = np.cumsum([len(tables[model].labels) for model in models])
    return dict(zip(models, np.split(unseen, ends[:-1]), strict=True))


def _by_file(files: Sequence[Typed], probabilities: NDArray[np.float64]) -> list[Chances]:
    """Share out the probabilities of all that might have been shown, in the order of `rows_of`."""
    left = iter(probabilities.tolist())
    return [{look.keys: tuple(next(left) for _ in look.choices) for look in typed.looks} for typed in files]


def _packages(collected: Mapping[str, list[Typed]]) -> list[str]:
    return sorted({typed.package for each in collected.values() for typed in each})
