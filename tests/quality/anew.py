"""What was collected looked at with the rules and features of today, without asking a model again.

Invariant: what the model said stays as it was; what is left of it, its features, and whether it is right are those that
the server of today would find at the same key. What the model would say today, having read something else, stays
unknown.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
from quality.offers import Offer, is_right, walk

from engine.messages import Completed, Timings
from lsp.context.choice import NOTHING
from lsp.document import Document, Place
from lsp.offer import offer
from lsp.outcome import DARK
from lsp.plan import Plan, Request, make_plan
from lsp.replay.typist import type_file
from lsp.reuse import Answer
from lsp.settings import Settings
from lsp.suggestion import StageTimes
from lsp.syntax.check import Syntax

if TYPE_CHECKING:
    from quality.offers import Stretch

    from lsp.eval.sources import Source
    from lsp.explanation import Candidate
    from lsp.replay.script import Keystroke, Script

SETTINGS = Settings(eagerness="everything")
URI = "file:///typed"


def looked_at_anew(stretch: Stretch, source: Source) -> Stretch:
    """Apply what holds today to each of the offers that were made while a source was typed."""
    script = type_file(source.path, source.text)
    wanted = {each.keys: each for each in stretch.offers}
    syntax = Syntax(stretch.language)
    offers: list[Offer] = []
    for count, text, cursor in _states(script, max(wanted, default=0)):
        if count in wanted:
            candidate = _candidate(wanted[count], stretch.language, text[:cursor], text[cursor:], syntax)
            if candidate is not None and candidate.features is not None:
                offers.append(_changed(wanted[count], candidate, script.keys, cursor))
    return msgspec.structs.replace(stretch, offers=tuple(offers))


def _states(script: Script, last: int) -> list[tuple[int, str, int]]:
    """Give the text and the cursor's offset after each number of keys."""
    found, text = [], script.start
    for count, key in enumerate(script.keys[:last], start=1):
        for edit in key.edits:
            text = edit.apply(text)
        found.append((count, text, key.cursor))
    return found


def _candidate(said: Offer, language: str, before: str, after: str, syntax: Syntax) -> Candidate | None:
    """Offer what was said, as the server does; None where it would not have asked."""
    document = Document(URI, language, 1, before + after, "utf-32")
    place = Place(before.count("\n"), len(before) - before.rfind("\n") - 1)
    plan = make_plan(document, Request(URI, document.position(place), explicit=False), SETTINGS, lambda *_: NOTHING)
    if not isinstance(plan, Plan):
        return None
    completed = Completed(
        id=0,
        text=said.said,
        tokens=len(said.log_probabilities),
        stop=said.stop,
        confidence=said.confidence,
        timings=Timings(),
        log_probabilities=said.log_probabilities,
    )
    offered = offer(
        document,
        plan,
        Answer(completed, plan.ask.shape).untyped,
        DARK,
        source="engine",
        times=StageTimes(total_ms=0.0),
        ready=None,
        syntax=syntax,
    )
    return offered.candidates[0]


def _changed(said: Offer, candidate: Candidate, keys: tuple[Keystroke, ...], cursor: int) -> Offer:
    left = candidate.left
    return msgspec.structs.replace(
        said,
        left=left,
        right=is_right(left, keys, said.keys, cursor),
        walk=walk(left, keys, said.keys, cursor),
        features=candidate.features,
    )
