"""From an answer of the engine's to the suggestion that is made of it, or to the reason why none is; rule by rule.

Invariant: what is offered is what `present` leaves of the model's text, in the document's own line endings; several
offers for one place differ in that.
"""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, NamedTuple

import msgspec

from lsp.acceptance.model import WORTH_CHARACTERS, card
from lsp.acceptance.verdict import judge
from lsp.explanation import Candidate
from lsp.present import insertion, present, unfiltered
from lsp.suggestion import Provenance, StageTimes, Suggestion

if TYPE_CHECKING:
    from engine.messages import Alternative, Ready, Shape, Stop
    from lsp.acceptance.verdict import Verdict
    from lsp.document import Document
    from lsp.plan import Plan
    from lsp.reuse import Found
    from lsp.suggestion import Source

_WORDLESS: dict[Stop, str] = {
    "deadline": "the engine ran out of time",
    "cancelled": "the engine called the work off",
    "length": "the model came to no whole piece within its tokens",
    "repeat": "the model went round in circles",
}
"""Why an answer is empty, where the model did not choose to say nothing."""


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
    on_screen: str,
    *,
    source: Source,
    times: StageTimes,
    ready: Ready | None,
) -> Offer:
    """Cut an answer to what is worth showing, and account for it.

    `on_screen` is what the model had said where something of it shows now: what typing leaves of that stays there,
    however likely it is. Else the first text has to be likely enough to be accepted.
    """
    account = Provenance(
        id="",
        document=document.uri,
        model=ready.model if ready else "",
        device=ready.device if ready else "",
        source=source,
        timings=times,
    )
    verdict = judge(found, document.language, account.model, filters=plan.filters)
    stays = found.typed and found.answer.completed.text == on_screen
    least = 0.0 if stays else card().least(plan.eagerness)
    cuts: list[_Cut] = []
    shown: dict[str, Suggestion] = {}
    for said in found.left[: plan.candidates]:
        is_first = said.text == found.answer.completed.text[found.typed :]
        candidate = _candidate(said, verdict if is_first else None)
        cut = _cut(document, plan, candidate, found.answer.shape, account, least=least)
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


def _candidate(said: Alternative, verdict: Verdict | None) -> Candidate:
    return Candidate(
        said=said.text,
        tokens=said.tokens,
        stop=said.stop,
        confidence=said.confidence,
        probability=verdict.probability if verdict else None,
        features=verdict.features if verdict else None,
    )


def _cut(
    document: Document, plan: Plan, candidate: Candidate, shape: Shape, account: Provenance, *, least: float
) -> _Cut:
    """Cut one text, and hide it where it is less likely than that to be accepted, or not worth it."""
    if not candidate.said:
        return _hidden(candidate, _WORDLESS.get(candidate.stop, "the model suggests nothing here"))
    text, rules = present(candidate.said, plan.around, shape) if plan.filters else unfiltered(candidate.said)
    candidate = msgspec.structs.replace(candidate, left=text, rules=rules)
    if not text:
        return _hidden(candidate, "there is nothing to add")
    if least and len(text) < WORTH_CHARACTERS:
        return _hidden(candidate, "it is too short to be worth a look")
    if (candidate.probability or 0.0) < least:
        return _hidden(candidate, "it is not likely enough to be accepted")
    text, start, end = insertion(text, document, plan.cursor, plan.popup)
    provenance = msgspec.structs.replace(
        account,
        id=uuid.uuid4().hex,
        tokens=candidate.tokens,
        stop=candidate.stop,
        confidence=candidate.confidence,
        probability=candidate.probability,
    )
    suggestion = Suggestion(text, document.position(start), document.position(end), provenance)
    return _Cut(msgspec.structs.replace(candidate, shown=text, id=provenance.id), suggestion)


def _hidden(candidate: Candidate, reason: str) -> _Cut:
    return _Cut(msgspec.structs.replace(candidate, shown="", id="", hidden=reason))
