"""`lsp/acceptance/card.toml` as text: the weights, the knob, and what whoever relies on them has to know.

Invariant: all of it comes from what was collected; written twice from the same it is the same.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from quality.reliability import Bin

    from lsp.acceptance.model import Card, Weights
    from lsp.settings import Eagerness

HEAD = """\
# The probability that an automatic suggestion is accepted as it stands, and from which on each point of the knob
# `eagerness` shows it. Written by `tests/quality/acceptance.py fit`, read by lsp/acceptance/model.py, which has the
# formula. What the features mean stands in lsp/acceptance/features.py.
#
# Intended use: to decide how much of what the model says is shown where nobody asked for it, and to say why no more. It
# is about code that is typed into a file as somebody types who has the text in mind: right is a text that is exactly
# what is typed next. It is no measure of a programmer, and none of whether code is correct.
#
# Limits: three languages were typed (Python, TypeScript, Rust); in others the probability is that of their average
# less what their language tells. Each beginning of what was said at each key of a file is a row, so rows are far from
# independent: intervals are over files. Answers had the time to come to their end; of one that a deadline cut short
# `is_all` and `unended` tell otherwise. Models of other names, and those that would do no better with weights of their
# own, have the weights `other`, fitted to all rows together. Some of the packages that nothing was fitted to are of the
# same makers as some that were: @tanstack's, and pydantic's.
"""


PROVISIONAL = """\
#
# PROVISIONAL: what was collected is too little to trust these probabilities. There are fewer than ten answers of each
# model that are right, or wrong, for each feature, or there are files that were typed without a workspace, so without
# the context that users have (`without_context`). Therefore the bounds go by how much they show: "balanced" as much as
# a bound of 0.3 on the mean probability of a suggestion's tokens did, on the same suggestions; "quiet" half of that;
# "eager" 95 % of all.
"""


class Fitted(msgspec.Struct, frozen=True, kw_only=True):
    """What a set of weights was fitted to, and with which penalty; `log_loss` is that of files that a fit left out.

    `offers` are texts that might have been shown, several for each answer.
    `without_context` of the files were typed without other files of their package.
    """

    offers: int
    right: int
    files: int
    without_context: int
    ridge: float
    log_loss: float


class Reliability(msgspec.Struct, frozen=True, kw_only=True):
    """How it turned out on files that nothing was fitted to; `weights` says whose they were."""

    model: str
    weights: str
    offers: int
    files: int
    log_loss: float
    calibration_error: float
    bins: Sequence[Bin]


def write_card(
    card: Card,
    fitted: Mapping[str, Fitted],
    held_out: Sequence[Reliability],
    *,
    provisional: bool,
    day: str,
    packages: Sequence[str],
    held_out_packages: Sequence[str],
) -> str:
    """Write the file's text."""
    head = HEAD + PROVISIONAL if provisional else HEAD
    parts = [
        head,
        f"provisional = {str(provisional).lower()}",
        f"fitted_on = {day}",
        f"fitted_to = {_list(packages)}",
        f"held_out = {_list(held_out_packages)}",
    ]
    parts += ["", "[shown_from]", *_points(card.shown_from)]
    for name, weights in card.weights.items():
        parts += ["", f'[weights."{name}"]', f"intercept = {weights.intercept:.5f}", ""]
        parts += [f'[weights."{name}".terms] # weight, mean, scale', *_terms(weights)]
        parts += ["", f'[fitted."{name}"]', *_fields(fitted[name])]
    for each in held_out:
        parts += ["", "[[reliability]]", *_reliability(each)]
    return "\n".join(parts) + "\n"


def _points(shown_from: Mapping[Eagerness, float]) -> list[str]:
    return [f"{name} = {least:.4f}" for name, least in shown_from.items()]


def _terms(weights: Weights) -> list[str]:
    return [f"{name} = [{term.weight:.5f}, {term.mean:.5f}, {term.scale:.5f}]" for name, term in weights.terms.items()]


def _fields(fitted: Fitted) -> list[str]:
    return [f"{name} = {value}" for name, value in msgspec.structs.asdict(fitted).items()]


def _reliability(each: Reliability) -> list[str]:
    rows = [
        f"  [{one.count}, {one.expected}, {one.right.value}, {one.right.low}, {one.right.high}]," for one in each.bins
    ]
    told = {name: value for name, value in msgspec.structs.asdict(each).items() if name != "bins"}
    lines = [f"{name} = {msgspec.json.encode(value).decode()}" for name, value in told.items()]
    return [
        *lines,
        "# suggestions, mean probability, share that was right, its interval of 95 % over files",
        "bins = [",
        *rows,
        "]",
    ]


def _list(names: Sequence[str]) -> str:
    return msgspec.json.encode(sorted(names)).decode()
