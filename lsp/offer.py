"""From an answer of the engine's to the suggestion that is made of it, or to the reason why none is.

Invariant: what is offered is what `present` leaves of the model's text, in the document's own line endings; several
offers for one place differ in that.
"""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING

import msgspec

from lsp.present import insertion, present, unfiltered
from lsp.suggestion import Provenance, StageTimes, Suggestion
from lsp.trigger import Silence

if TYPE_CHECKING:
    from engine.messages import Alternative, Ready, Shape, Stop
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


def offer(
    document: Document, plan: Plan, found: Found, *, source: Source, times: StageTimes, ready: Ready | None
) -> Suggestion | Silence:
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
    offers = [_offer(document, plan, each, found.answer.shape, account) for each in left]
    shown: dict[str, Suggestion] = {}
    for each in offers:
        if isinstance(each, Suggestion):
            shown.setdefault(each.text, each)
    if not shown:
        return next(each for each in offers if isinstance(each, Silence))
    first, *others = shown.values()
    return first._replace(others=tuple(others))


def _offer(
    document: Document, plan: Plan, said: Alternative, shape: Shape, account: Provenance
) -> Suggestion | Silence:
    if not said.text:
        return Silence(_WORDLESS.get(said.stop, "the model suggests nothing here"))
    if said.confidence < plan.least_confidence:
        return Silence("the model is not confident enough")
    text = present(said.text, plan.around, shape) if plan.filters else unfiltered(said.text)
    if not text:
        return Silence("there is nothing to add")
    text, start, end = insertion(text, document, plan.cursor, plan.popup)
    provenance = msgspec.structs.replace(
        account, id=uuid.uuid4().hex, tokens=said.tokens, stop=said.stop, confidence=said.confidence
    )
    return Suggestion(text, document.position(start), document.position(end), provenance)
