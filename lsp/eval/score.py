"""What an answer is worth, beside what really stood there.

Invariant: nothing is right but the very text, white space at its end apart. Where the hole ends with its line, the
answer's first line counts, as somebody takes it who wants no more; in a block all of it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from lsp.eval.cut import Case


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """What came of a case: the text that was shown, none for silence, after so many wall milliseconds.

    `similarity` is 0 to 1; without a text it is 0, and `reason` says why there is none.
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
        similarity=round(similarity(answer, case.hole.rstrip()), 4),
        ms=round(ms, 2),
        confidence=None if confidence is None else round(confidence, 4),
        reason=reason,
    )


def similarity(a: str, b: str) -> float:
    """Give 2 m / (len(a) + len(b)), where m is the length of the longest common subsequence; 1 for equal texts.

    It is one less the share of characters to insert and delete, the edit similarity usual for code completion. The
    length comes from one sum of long integers for each character: H. Hyyro, Bit-parallel LCS-length computation
    revisited, AWOCA 2004.
    """
    if not a and not b:
        return 1.0
    places: dict[str, int] = {}
    for at, character in enumerate(a):
        places[character] = places.get(character, 0) | 1 << at
    everything = (1 << len(a)) - 1
    left = everything
    for character in b:
        matches = left & places.get(character, 0)
        left = (left + matches | left - matches) & everything
    return 2 * (len(a) - left.bit_count()) / (len(a) + len(b))
