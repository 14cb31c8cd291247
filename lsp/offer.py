"""From an answer of the engine's to the suggestion that is made of it, or to the reason why none is; rule by rule.

Invariant: what is offered is what `present` and then the parse check leave of the model's text, in the document's own
line endings; several offers for one place differ in that.
"""

from __future__ import annotations

import math
import uuid
from typing import TYPE_CHECKING, NamedTuple

import msgspec

from lsp.explanation import Candidate
from lsp.present.insertion import insertion
from lsp.present.rules import Presented, present, unfiltered
from lsp.suggestion import Provenance, StageTimes, Suggestion
from lsp.syntax.check import BUDGET_S, hole_at

if TYPE_CHECKING:
    from engine.messages import Alternative, Ready, Stop
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

UNPARSED = "with it, the file would parse no more"


class Offer(NamedTuple):
    """What an answer comes to: a suggestion, or the reason why there is none; and what each of its texts comes to."""

    suggestion: Suggestion | None
    reason: str
    candidates: tuple[Candidate, ...]


class _Cut(NamedTuple):
    """What one text comes to; no suggestion where it is hidden."""

    candidate: Candidate
    suggestion: Suggestion | None = None


def offer(
    document: Document,
    plan: Plan,
    found: Found,
    *,
    source: Source,
    times: StageTimes,
    ready: Ready | None,
    syntax: Syntax,
) -> Offer:
    """Cut an answer to what is worth showing, and account for it."""
    account = Provenance(
        id="",
        document=document.uri,
        model=ready.model if ready else "",
        device=ready.device if ready else "",
        source=source,
        timings=times,
    )
    left = found.left[: plan.candidates]
    cuts: list[_Cut] = []
    shown: dict[str, Suggestion] = {}
    for said in left:
        cut = _cut(document, plan, said, found, account, syntax=syntax)
        if cut.suggestion is not None and cut.suggestion.text in shown:
            cut = _hidden(cut.candidate, "another candidate comes to the same")
        elif cut.suggestion is not None:
            shown[cut.suggestion.text] = cut.suggestion
        cuts.append(cut)
    candidates = tuple(cut.candidate for cut in cuts)
    if not shown:
        return Offer(None, candidates[0].hidden, candidates)
    first, *others = shown.values()
    return Offer(first._replace(others=tuple(others)), "", candidates)


def _cut(
    document: Document, plan: Plan, said: Alternative, found: Found, account: Provenance, *, syntax: Syntax
) -> _Cut:
    candidate = Candidate(said=said.text, tokens=said.tokens, stop=said.stop, confidence=said.confidence)
    if not said.text:
        return _hidden(candidate, _WORDLESS.get(said.stop, "the model suggests nothing here"))
    if said.confidence < plan.least_confidence:
        return _hidden(candidate, "the model is not confident enough")
    text, rules = _presented(document, plan, said.text, found, syntax)
    candidate = msgspec.structs.replace(candidate, rules=rules)
    if not text:
        return _hidden(candidate, UNPARSED if UNPARSED in rules else "there is nothing to add")
    text, start, end = insertion(text, document, plan.cursor, plan.popup)
    provenance = msgspec.structs.replace(
        account, id=uuid.uuid4().hex, tokens=said.tokens, stop=said.stop, confidence=said.confidence
    )
    suggestion = Suggestion(text, document.position(start), document.position(end), provenance)
    return _Cut(msgspec.structs.replace(candidate, shown=text, id=provenance.id), suggestion)


def _presented(document: Document, plan: Plan, said: str, found: Found, syntax: Syntax) -> Presented:
    """Apply the rules that are on."""
    if not plan.filters:
        return unfiltered(said)
    presented = present(said, plan.around, found.answer.shape, document.language, fresh=not found.typed)
    if not (plan.parse_check and presented.text):
        return presented
    budget_s = math.inf if plan.unhurried else BUDGET_S
    whole = syntax.whole(hole_at(document, plan.cursor, plan.popup), presented.text, budget_s)
    return presented if whole == presented.text else Presented(whole, (*presented.rules, UNPARSED))


def _hidden(candidate: Candidate, reason: str) -> _Cut:
    return _Cut(msgspec.structs.replace(candidate, shown="", id="", hidden=reason))
