"""What an answer is worth, beside what really stood there.

Invariant: nothing is right but the very text, white space at its end apart. Where the hole ends with its line, the
answer's first line counts, as somebody takes it who wants no more; in a block all of it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
from rapidfuzz.distance import Indel

if TYPE_CHECKING:
    from lsp.eval.cut import Case


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """What came of a case: the text that was shown, none for silence, after so many wall milliseconds.

    `similarity` is 1 less the share of characters to insert and delete; without a text it is 0, and `reason` says why
    there is none.
    """

    case: str
    kind: str
    language: str
    text: str
    exact: bool
    similarity: float
    ms: float
    confidence: float | None = None
    reason: str = ""

    @property
    def shown(self) -> bool:
        """Whether there was anything to see."""
        return bool(self.text)


def judge(case: Case, text: str, *, ms: float, confidence: float | None, reason: str) -> Outcome:
    """Compare what was shown with what stood there."""
    answer = (text if case.kind == "block" else text.split("\n", maxsplit=1)[0]).rstrip()
    return Outcome(
        case=case.name,
        kind=case.kind,
        language=case.source.language,
        text=text,
        exact=bool(text) and answer == case.hole.rstrip(),
        similarity=round(Indel.normalized_similarity(answer, case.hole.rstrip()), 4),
        ms=round(ms, 2),
        confidence=None if confidence is None else round(confidence, 4),
        reason=reason,
    )
