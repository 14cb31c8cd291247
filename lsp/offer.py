"""From an answer of the engine's to the suggestion that is made of it, or to the reason why none is; rule by rule.

Invariant: what is offered is what `present` and then the parse check leave of the model's text, in the document's own
line endings; several offers for one place differ in that. What is judged is just what would be shown.
"""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, NamedTuple

import msgspec

from lsp.acceptance.features import Place
from lsp.acceptance.model import WORTH_CHARACTERS, card
from lsp.acceptance.verdict import judge
from lsp.explanation import Candidate
from lsp.present.insertion import insertion
from lsp.present.rules import Presented, present, unfiltered
from lsp.suggestion import Provenance, StageTimes, Suggestion
from lsp.syntax.check import hole_at

if TYPE_CHECKING:
    from engine.messages import Alternative, Ready, Stop
    from lsp.acceptance.verdict import Verdict
    from lsp.document import Document
    from lsp.outcome import OnScreen
    from lsp.plan import Plan
    from lsp.reuse import Answer, Found
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
    """What an answer comes to: a suggestion, or the reason why there is none; and what each of its texts comes to.

    `verdict` is how its first text is judged, None where nothing is left of that.
    """

    suggestion: Suggestion | None
    reason: str
    candidates: tuple[Candidate, ...]
    verdict: Verdict | None


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

    What typing leaves of what is `on_screen` stays there, however likely it is, and keeps its verdict. Else the first
    text has to be likely enough to be accepted.
    """
    account = Provenance(
        id="",
        document=document.uri,
        model=ready.model if ready else "",
        device=ready.device if ready else "",
        source=source,
        timings=times,
    )
    stays = bool(found.typed) and found.answer.completed.text == on_screen.said
    verdict = on_screen.verdict if stays else None
    least = 0.0 if stays else card().least(plan.eagerness)
    cuts: list[_Cut] = []
    shown: dict[str, Suggestion] = {}
    for said in found.left[: plan.candidates]:
        is_first = said.text == found.first_left
        presented = _presented(document, plan, said.text, found, syntax)
        if is_first and not stays:
            verdict = judge(found, presented, Place(plan.around, found.answer.shape, document.language), account.model)
        candidate = _candidate(said, presented, verdict if is_first else None)
        cut = _cut(document, plan, candidate, account, least=least)
        if cut.suggestion is not None and cut.suggestion.text in shown:
            cut = _hidden(cut.candidate, "another candidate comes to the same")
        elif cut.suggestion is not None:
            shown[cut.suggestion.text] = cut.suggestion
        cuts.append(cut)
    candidates = tuple(cut.candidate for cut in cuts)
    if not shown:
        return Offer(None, candidates[0].hidden, candidates, verdict)
    first, *others = shown.values()
    return Offer(first._replace(others=tuple(others)), "", candidates, verdict)


def is_worth(answer: Answer, plan: Plan, language: str, ready: Ready | None) -> bool:
    """Whether an answer would be shown at its place, whatever became of the document since; nothing is parsed."""
    said, shape = answer.completed.text, answer.shape
    presented = present(said, plan.around, shape, language) if plan.filters else unfiltered(said)
    verdict = judge(answer.untyped, presented, Place(plan.around, shape, language), ready.model if ready else "")
    return verdict is not None and not _objection(presented.text, verdict.probability, card().least(plan.eagerness))


def _candidate(said: Alternative, presented: Presented, verdict: Verdict | None) -> Candidate:
    return Candidate(
        said=said.text,
        left=presented.text,
        rules=presented.rules,
        tokens=said.tokens,
        stop=said.stop,
        confidence=said.confidence,
        probability=verdict.probability if verdict else None,
        features=verdict.features if verdict else None,
    )


def _cut(document: Document, plan: Plan, candidate: Candidate, account: Provenance, *, least: float) -> _Cut:
    """Make a suggestion of what is left of a text, or hide it: there is nothing, or it is not worth it."""
    if not candidate.said:
        return _hidden(candidate, _WORDLESS.get(candidate.stop, "the model suggests nothing here"))
    if not candidate.left:
        return _hidden(candidate, UNPARSED if UNPARSED in candidate.rules else "there is nothing to add")
    if objection := _objection(candidate.left, candidate.probability or 0.0, least):
        return _hidden(candidate, objection)
    text, start, end = insertion(candidate.left, document, plan.cursor, plan.popup)
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


def _objection(text: str, probability: float, least: float) -> str:
    """Say why a text is not worth showing by itself, from such a probability on; empty where it is."""
    if least and len(text) < WORTH_CHARACTERS:
        return "it is too short to be worth a look"
    return "it is not likely enough to be accepted" if probability < least else ""


def _presented(document: Document, plan: Plan, said: str, found: Found, syntax: Syntax) -> Presented:
    """Apply the rules that are on; a text goes through them once."""
    if not plan.filters:
        return unfiltered(said)
    presented = present(said, plan.around, found.answer.shape, document.language, fresh=not found.typed)
    if not (plan.parse_check and presented.text):
        return presented
    whole = syntax.whole(hole_at(document, plan.cursor, plan.popup), presented.text)
    return presented if whole == presented.text else Presented(whole, (*presented.rules, UNPARSED))


def _hidden(candidate: Candidate, reason: str) -> _Cut:
    return _Cut(msgspec.structs.replace(candidate, shown="", id="", hidden=reason))
