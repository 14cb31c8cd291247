"""What there was to show where offers were made, by the rules and the features of today; no model is asked.

Invariant: nothing but the rules and the features is looked at anew: what the model said, and what was typed, stay. What
may be shown is what the server would have shown at some point of the knob.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

from engine.messages import Completed, Timings
from lsp.acceptance.features import Place as Where
from lsp.acceptance.verdict import verdicts
from lsp.context.choice import NOTHING
from lsp.document import Document, Place
from lsp.offer import offer
from lsp.outcome import DARK
from lsp.plan import Plan, Request, make_plan
from lsp.replay.player import worth_taking
from lsp.replay.script import keys_typing
from lsp.replay.typist import type_file
from lsp.reuse import Answer
from lsp.settings import Settings
from lsp.suggestion import StageTimes
from lsp.syntax.check import Syntax, hole_at
from lsp.text import first_line

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from quality.offers import Offer, Stretch

    from lsp.acceptance.features import Features
    from lsp.eval.sources import Source
    from lsp.replay.script import Keystroke, Script

SETTINGS = Settings(eagerness="everything", deadline_ms=60_000, cold_deadline_ms=60_000)
URI = "file:///typed"


class Step(NamedTuple):
    """So many keys, or in their place so many accepted characters, and how many characters of the text that uses up."""

    keys: int
    accepted: int
    characters: int


class Choice(NamedTuple):
    """A text that may be shown, whether all of it is typed next, what is done with it on screen, and its features."""

    text: str
    right: bool
    walk: tuple[Step, ...]
    features: Features


class Look(NamedTuple):
    """After so many keys: all of what the rules leave of the model's text, and then shorter and shorter beginnings.

    `confidence` is the geometric mean of the probabilities of the model's tokens.
    """

    keys: int
    confidence: float
    choices: tuple[Choice, ...]


class Typed(NamedTuple):
    """A file of which the first keys were typed: how many characters each brought, and what there was to show."""

    package: str
    path: str
    visited: int
    characters: tuple[int, ...]
    looks: tuple[Look, ...]


def looked_at(stretch: Stretch, source: Source) -> Typed:
    """Apply what holds today to each of the offers that were made while a source was typed."""
    script = type_file(source.path, source.text)
    wanted = {each.keys: each for each in stretch.offers}
    syntax = Syntax(stretch.language)
    looks: list[Look] = []
    for count, text, cursor in _states(script, max(wanted, default=0)):
        if count in wanted:
            document = Document(URI, stretch.language, 1, text, "utf-32")
            place = Place(text.count("\n", 0, cursor), cursor - text.rfind("\n", 0, cursor) - 1)
            found = tuple(_choices(wanted[count], document, place, syntax, (script.keys, count, cursor)))
            if found:
                looks.append(Look(count, wanted[count].confidence, found))
    return Typed(stretch.package, stretch.path, stretch.visited, stretch.characters, tuple(looks))


def _states(script: Script, last: int) -> list[tuple[int, str, int]]:
    """Give the text and the cursor's offset after each number of keys."""
    found, text = [], script.start
    for count, key in enumerate(script.keys[:last], start=1):
        for edit in key.edits:
            text = edit.apply(text)
        found.append((count, text, key.cursor))
    return found


def _choices(
    said: Offer, document: Document, place: Place, syntax: Syntax, at: tuple[Sequence[Keystroke], int, int]
) -> Iterator[Choice]:
    """Offer what was said, as the server does; nothing where it would not have asked, or have shown nothing."""
    plan = make_plan(document, Request(URI, document.position(place), explicit=False), SETTINGS, lambda *_: NOTHING)
    if not isinstance(plan, Plan):
        return
    found = Answer(_completed(said), plan.ask.shape).untyped
    times = StageTimes(total_ms=0.0)
    all_of_it = offer(document, plan, found, DARK, source="engine", times=times, ready=None, syntax=syntax).suggestion
    if all_of_it is None:
        return
    hole = hole_at(document, place)
    for verdict in verdicts(found, all_of_it.text, Where(plan.around, plan.ask.shape, document.language), ""):
        if syntax.whole(hole, verdict.text, math.inf) == verdict.text:
            right = bool(keys_typing(*at, verdict.text))
            yield Choice(verdict.text, right, walk(verdict.text, *at), verdict.features)


def _completed(said: Offer) -> Completed:
    return Completed(
        id=0,
        text=said.said,
        tokens=len(said.log_probabilities),
        stop=said.stop,
        confidence=said.confidence,
        timings=Timings(),
        log_probabilities=said.log_probabilities,
        token_ends=said.token_ends,
    )


def walk(text: str, keys: Sequence[Keystroke], first: int, cursor: int) -> tuple[Step, ...]:
    """Follow a text on screen until it has to go, doing as `lsp/replay/player.py` does."""
    steps: list[Step] = []
    while text and first < len(keys):
        worth = worth_taking(keys, first, cursor, (text, first_line(text)))
        done, count = worth or (keys[first].typed_at(cursor), 1)
        if not done or not text.startswith(done):
            break
        steps.append(Step(count, len(done) if worth else 0, len(done)))
        first, cursor, text = first + count, cursor + len(done), text.removeprefix(done)
    return tuple(steps)
