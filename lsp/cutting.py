"""What of a text of the model's is shown at a place: what the rules, the parse check and its probability leave of it.

Invariant: it is a beginning of the text, and what is judged is just what is shown. What typing left on screen stays
there, however likely it is, and keeps its verdict; it may only become longer.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

from lsp.acceptance.beginnings import WORTH_CHARACTERS
from lsp.acceptance.features import Place
from lsp.acceptance.model import card
from lsp.acceptance.verdict import verdicts
from lsp.present.rules import Presented, present, unfiltered
from lsp.syntax.check import hole_at

if TYPE_CHECKING:
    from lsp.acceptance.verdict import Verdict
    from lsp.document import Document
    from lsp.outcome import OnScreen, Showing
    from lsp.plan import Plan
    from lsp.reuse import Found
    from lsp.syntax.check import Hole, Syntax

UNPARSED = "with it, the file would parse no more"
UNLIKELY = "what follows is not likely enough to be accepted"


class Left(NamedTuple):
    """What is left of a text, and the rules that cut it; where nothing is, why.

    `verdict` is of what shows, or else of the likeliest beginning; None for another text than the first, of which
    nobody can tell how likely it is.
    """

    text: str
    rules: tuple[str, ...]
    verdict: Verdict | None = None
    objection: str = ""


@dataclass(frozen=True)
class Cutter:
    """One place in a document, the answer for it, and what shows there already.

    The parse check ends at `until_s`, on `time.perf_counter`; what it has not seen by then may show.
    """

    document: Document
    plan: Plan
    found: Found
    on_screen: OnScreen
    syntax: Syntax
    until_s: float

    def left(self, said: str, model: str, *, is_first: bool) -> Left:
        """Cut one of the answer's texts; how likely another than the first is nobody can tell."""
        showing = self.on_screen.left_of(said, self.found.typed, self.plan.around)
        presented = self._presented(said, fresh=showing is None)
        if not presented.text:
            reason = UNPARSED if UNPARSED in presented.rules else "there is nothing to add"
            return Left("", presented.rules, objection=reason)
        if is_first:
            return self._likely(presented, showing, model)
        if not self._least:
            return Left(*presented)
        if showing:
            return _still(presented, showing)
        return Left("", presented.rules, objection=_objection(presented.text))

    def _presented(self, said: str, *, fresh: bool) -> Presented:
        """Apply the rules that are on; a text goes through them once."""
        if not self.plan.filters:
            return unfiltered(said)
        shape = self.found.answer.shape
        presented = present(said, self.plan.around, shape, self.document.language, fresh=fresh)
        whole = self._parsed(presented.text)
        return presented if whole == presented.text else Presented(whole, (*presented.rules, UNPARSED))

    def _likely(self, presented: Presented, showing: Showing | None, model: str) -> Left:
        """Find the longest beginning that is likely enough, no shorter than what is on screen of it."""
        all_of_it, rules = presented
        place = Place(self.plan.around, self.found.answer.shape, self.document.language)
        shows = len(showing.text) if showing else 0
        seen: list[Verdict] = []
        objection = _objection(all_of_it)
        for verdict in verdicts(self.found, all_of_it, place, model):
            seen.append(verdict)
            if len(verdict.text) <= shows:
                break
            if verdict.probability < self._least or (self._least and len(verdict.text) < WORTH_CHARACTERS):
                continue
            if verdict.text == all_of_it:
                return Left(all_of_it, rules, verdict)
            if self._parsed(verdict.text) == verdict.text:
                return Left(verdict.text, (*rules, UNLIKELY), verdict)
            objection = UNPARSED
        if showing:
            return _still(presented, showing)
        return Left("", rules, max(seen, key=lambda verdict: verdict.probability), objection)

    @property
    def _least(self) -> float:
        return card().least(self.plan.eagerness) if self.plan.filters else 0.0

    def _parsed(self, text: str) -> str:
        """Leave what does not keep the document from parsing."""
        if not (self.plan.filters and self.plan.parse_check and text):
            return text
        left_s = max(self.until_s - time.perf_counter(), 0.0)
        return self.syntax.whole(self._hole, text, left_s)

    @cached_property
    def _hole(self) -> Hole:
        """The document cut in two, once for all that is looked at: that is a copy of all of it."""
        return hole_at(self.document, self.plan.cursor, self.plan.popup)


def _still(presented: Presented, showing: Showing) -> Left:
    """Leave what is on screen there, as far as the rules let it."""
    text, rules = presented
    is_cut = len(text) > len(showing.text)
    return Left(text[: len(showing.text)], (*rules, UNLIKELY) if is_cut else rules, showing.verdict)


def _objection(text: str) -> str:
    too_short = len(text) < WORTH_CHARACTERS
    return "it is too short to be worth a look" if too_short else "it is not likely enough to be accepted"
