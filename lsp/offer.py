"""From an answer of the engine's to the suggestion that is made of it, or to the reason why none is; rule by rule.

Invariant: what is offered is what is left of the model's text when it is cut (`cutting`), in the document's own line
endings; several offers for one place differ in that.
"""

from __future__ import annotations

import math
import time
import uuid
from typing import TYPE_CHECKING, NamedTuple

import msgspec

from lsp.cutting import Cutter
from lsp.explanation import Candidate
from lsp.outcome import DARK, OnScreen, Showing, origin
from lsp.present.insertion import insertion
from lsp.suggestion import Provenance, StageTimes, Suggestion
from lsp.syntax.check import BUDGET_S

if TYPE_CHECKING:
    from engine.messages import Alternative, Ready, Stop
    from lsp.cutting import Left
    from lsp.document import Document
    from lsp.plan import Plan
    from lsp.reuse import Found
    from lsp.suggestion import Source
    from lsp.syntax.check import Syntax

_WORDLESS: dict[Stop, str] = {
    "deadline": "the engine ran out of time",
    "cancelled": "the engine called the work off",
    "length": "the model came to no whole piece within its tokens",
    "repeat": "the model went round in circles",
}
"""Why an answer is empty, where the model did not choose to say nothing."""


class Offer(NamedTuple):
    """What an answer comes to: a suggestion, or the reason why there is none; and what each of its texts comes to.

    `on_screen` is what shows then.
    """

    suggestion: Suggestion | None
    reason: str
    candidates: tuple[Candidate, ...]
    on_screen: OnScreen


class _Cut(NamedTuple):
    """What one text comes to; no suggestion where it is hidden."""

    candidate: Candidate
    suggestion: Suggestion | None = None


def offer(
    document: Document,
    plan: Plan,
    found: Found,
    on_screen: OnScreen,
    *,
    source: Source,
    times: StageTimes,
    ready: Ready | None,
    syntax: Syntax,
) -> Offer:
    """Cut an answer to what is worth showing, and account for it.

    What typing leaves of what is `on_screen` stays there, however likely it is, and keeps its verdict. Else as much of
    the first text is shown as is likely enough to be accepted.
    """
    account = Provenance(
        id="",
        document=document.uri,
        model=ready.model if ready else "",
        device=ready.device if ready else "",
        source=source,
        timings=times,
    )
    budget_s = math.inf if plan.unhurried else BUDGET_S
    cutter = Cutter(document, plan, found, on_screen, syntax, time.perf_counter() + budget_s)
    showing: list[Showing] = []
    cuts: list[_Cut] = []
    shown: dict[str, Suggestion] = {}
    for number, said in enumerate(found.left[: plan.candidates]):
        left = cutter.left(said.text, account.model, is_first=number == 0 and found.is_first_left)
        cut = _cut(document, plan, said, left, account)
        if cut.suggestion is not None and cut.suggestion.text in shown:
            cut = _hidden(cut.candidate, "another candidate comes to the same")
        elif cut.suggestion is not None:
            showing.append(Showing(found.typed + left.text, left.verdict))
            shown[cut.suggestion.text] = cut.suggestion
        cuts.append(cut)
    candidates = tuple(cut.candidate for cut in cuts)
    if not shown:
        return Offer(None, candidates[0].hidden, candidates, DARK)
    first, *others = shown.values()
    shows = OnScreen(origin(plan.around, found.typed), tuple(showing))
    return Offer(first._replace(others=tuple(others)), "", candidates, shows)


def _cut(document: Document, plan: Plan, said: Alternative, left: Left, account: Provenance) -> _Cut:
    """Make a suggestion of what is left of a text, or hide it: there is nothing, or it is not worth it."""
    verdict = left.verdict
    candidate = Candidate(
        said=said.text,
        rules=left.rules,
        tokens=said.tokens,
        stop=said.stop,
        confidence=said.confidence,
        probability=verdict.probability if verdict else None,
        features=verdict.features if verdict else None,
    )
    if not said.text:
        return _hidden(candidate, _WORDLESS.get(said.stop, "the model suggests nothing here"))
    if not left.text:
        return _hidden(candidate, left.objection)
    text, start, end = insertion(left.text, document, plan.cursor, plan.popup)
    provenance = msgspec.structs.replace(
        account,
        id=uuid.uuid4().hex,
        tokens=said.tokens,
        stop=said.stop,
        confidence=said.confidence,
        probability=candidate.probability,
    )
    suggestion = Suggestion(text, document.position(start), document.position(end), provenance)
    return _Cut(msgspec.structs.replace(candidate, shown=text, id=provenance.id), suggestion)


def _hidden(candidate: Candidate, reason: str) -> _Cut:
    return _Cut(msgspec.structs.replace(candidate, shown="", id="", hidden=reason))
