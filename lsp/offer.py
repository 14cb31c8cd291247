"""From an answer of the engine's to the suggestion that is made of it, or to the reason why none is; rule by rule.

Invariant: what is offered is what `present` and then the parse check leave of the model's text, or a beginning of that,
in the document's own line endings; several offers for one place differ in that. What is judged is just what is shown.
"""

from __future__ import annotations

import math
import uuid
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import msgspec

from lsp.acceptance.beginnings import WORTH_CHARACTERS
from lsp.acceptance.features import Place
from lsp.acceptance.model import card
from lsp.acceptance.verdict import verdicts
from lsp.explanation import Candidate
from lsp.outcome import DARK, OnScreen
from lsp.present.insertion import insertion
from lsp.present.rules import Presented, present, unfiltered
from lsp.suggestion import Provenance, StageTimes, Suggestion
from lsp.syntax.check import BUDGET_S, hole_at

if TYPE_CHECKING:
    from engine.messages import Alternative, Ready, Stop
    from lsp.acceptance.verdict import Verdict
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
UNLIKELY = "what follows is not likely enough to be accepted"

MOST_PARSED = 3
"""So many beginnings are looked at by the parse check, before nothing is shown."""


class Offer(NamedTuple):
    """What an answer comes to: a suggestion, or the reason why there is none; and what each of its texts comes to.

    `on_screen` is what shows then.
    """

    suggestion: Suggestion | None
    reason: str
    candidates: tuple[Candidate, ...]
    on_screen: OnScreen


class _Judged(NamedTuple):
    """What is left to show of a text, with its verdict; empty with an objection."""

    text: str
    verdict: Verdict | None = None
    objection: str = ""


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
    cutter = _Cutter(document, plan, found, on_screen, syntax)
    shows = DARK
    cuts: list[_Cut] = []
    shown: dict[str, Suggestion] = {}
    for said in found.left[: plan.candidates]:
        presented = cutter.presented(said.text)
        is_first = said.text == found.first_left
        judged = cutter.judged(presented, account.model) if is_first else cutter.unjudged(presented)
        cut = _cut(document, plan, said, presented, judged, account)
        if cut.suggestion is not None and cut.suggestion.text in shown:
            cut = _hidden(cut.candidate, "another candidate comes to the same")
        elif cut.suggestion is not None:
            if not shown:
                shows = OnScreen(found.answer.completed.text, found.typed + len(judged.text), judged.verdict)
            shown[cut.suggestion.text] = cut.suggestion
        cuts.append(cut)
    candidates = tuple(cut.candidate for cut in cuts)
    if not shown:
        return Offer(None, candidates[0].hidden, candidates, shows)
    first, *others = shown.values()
    return Offer(first._replace(others=tuple(others)), "", candidates, shows)


@dataclass(frozen=True, slots=True)
class _Cutter:
    """Where texts become offers: one place in one document, and what shows there already."""

    document: Document
    plan: Plan
    found: Found
    on_screen: OnScreen
    syntax: Syntax

    def presented(self, said: str) -> Presented:
        """Apply the rules that are on; a text goes through them once."""
        if not self.plan.filters:
            return unfiltered(said)
        shape, fresh = self.found.answer.shape, not self.found.typed
        presented = present(said, self.plan.around, shape, self.document.language, fresh=fresh)
        whole = self._parsed(presented.text)
        return presented if whole == presented.text else Presented(whole, (*presented.rules, UNPARSED))

    def judged(self, presented: Presented, model: str) -> _Judged:
        """Find the longest beginning that is likely enough, no shorter than what is on screen of it."""
        least, shows = self._least, self.on_screen.left_of(self.found)
        place = Place(self.plan.around, self.found.answer.shape, self.document.language)
        seen: list[Verdict] = []
        parsed = 0
        for verdict in verdicts(self.found, presented.text, place, model) if presented.text else ():
            seen.append(verdict)
            if len(verdict.text) <= shows:
                return _Judged(presented.text[:shows], self.on_screen.verdict)
            if verdict.probability < least or (least and len(verdict.text) < WORTH_CHARACTERS):
                continue
            if verdict.text == presented.text or self._parsed(verdict.text) == verdict.text:
                return _Judged(verdict.text, verdict)
            parsed += 1
            if parsed == MOST_PARSED:
                break
        if shows and presented.text:
            return _Judged(presented.text[:shows], self.on_screen.verdict)
        best = max(seen, key=lambda verdict: verdict.probability, default=None)
        return _Judged("", best, self._objection(presented.text))

    def unjudged(self, presented: Presented) -> _Judged:
        """Take another text than the first, of which nobody can tell how likely it is, where that does not matter."""
        if self._least and not self.on_screen.left_of(self.found):
            return _Judged("", objection=self._objection(presented.text))
        return _Judged(presented.text)

    @property
    def _least(self) -> float:
        return card().least(self.plan.eagerness)

    def _objection(self, text: str) -> str:
        too_short = len(text) < WORTH_CHARACTERS
        return "it is too short to be worth a look" if too_short else "it is not likely enough to be accepted"

    def _parsed(self, text: str) -> str:
        """Leave what does not keep the document from parsing."""
        if not (self.plan.filters and self.plan.parse_check and text):
            return text
        budget_s = math.inf if self.plan.unhurried else BUDGET_S
        return self.syntax.whole(hole_at(self.document, self.plan.cursor, self.plan.popup), text, budget_s)


def _cut(
    document: Document, plan: Plan, said: Alternative, presented: Presented, judged: _Judged, account: Provenance
) -> _Cut:
    """Make a suggestion of what is left of a text, or hide it: there is nothing, or it is not worth it."""
    is_cut = bool(judged.text) and judged.text != presented.text
    verdict = judged.verdict
    candidate = Candidate(
        said=said.text,
        rules=(*presented.rules, UNLIKELY) if is_cut else presented.rules,
        tokens=said.tokens,
        stop=said.stop,
        confidence=said.confidence,
        probability=verdict.probability if verdict else None,
        features=verdict.features if verdict else None,
    )
    if not said.text:
        return _hidden(candidate, _WORDLESS.get(said.stop, "the model suggests nothing here"))
    if not presented.text:
        return _hidden(candidate, UNPARSED if UNPARSED in presented.rules else "there is nothing to add")
    if not judged.text:
        return _hidden(candidate, judged.objection)
    text, start, end = insertion(judged.text, document, plan.cursor, plan.popup)
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
