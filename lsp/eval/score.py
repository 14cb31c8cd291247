"""What an answer is worth, beside what really stood there.

Invariant: nothing is exact but the very text, white space at its end apart, and nothing right but that or a beginning
of it. Where the hole ends with its line, the answer's first line counts, as somebody takes it who wants no more; in a
block all of it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
from rapidfuzz.distance import Indel

from lsp.eval.leaks import leaked

if TYPE_CHECKING:
    from lsp.eval.cut import Case
    from lsp.explanation import Explanation


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """What came of a case: the text that was shown, none for silence, after so many wall milliseconds.

    `digest` tells the case from all others; its `hole` stood at `start` to `end`, offsets in characters of `file`, a
    path in the package. `similarity` is 1 less the share of characters to insert and delete; without a text it is 0,
    and `reason` says why there is none. `said` is what the model said before the `rules` cut it, `read` how many
    characters it was given of each part of its context, `stop` why its text ends, `leaked` the special tokens in what
    was shown, as text.
    """

    case: str
    digest: str
    kind: str
    language: str
    package: str
    file: str
    line: int
    start: int
    end: int
    hole: str
    text: str
    exact: bool
    similarity: float
    ms: float
    said: str = ""
    stop: str = ""
    rules: tuple[str, ...] = ()
    read: dict[str, int] = {}
    confidence: float | None = None
    reason: str = ""
    leaked: tuple[str, ...] = ()

    @property
    def shown(self) -> bool:
        """Whether there was anything to see."""
        return bool(self.text)

    @property
    def right(self) -> bool:
        """Whether all that was shown, as far as it counts, stood there; more may have followed."""
        answer = _answer(self.kind, self.text)
        return bool(answer) and self.hole.rstrip().startswith(answer)

    @property
    def exact_as_said(self) -> bool:
        """Whether what the model said would have been right uncut."""
        return is_exact(self.kind, self.said, self.hole)


def is_exact(kind: str, text: str, hole: str) -> bool:
    """Whether a text is what stood in the hole."""
    return bool(text) and _answer(kind, text) == hole.rstrip()


def _answer(kind: str, text: str) -> str:
    """Give what of a text counts."""
    return (text if kind == "block" else text.split("\n", maxsplit=1)[0]).rstrip()


def judge(case: Case, text: str, *, ms: float, told: Explanation | None = None) -> Outcome:
    """Compare what was shown with what stood there; the explanation, where there is one, says how it came about."""
    said = told.candidates[0] if told and told.candidates else None
    return Outcome(
        case=case.name,
        digest=case.digest,
        kind=case.kind,
        language=case.source.language,
        package=case.source.package,
        file=case.source.path,
        line=case.before.count("\n") + 1,
        start=case.start,
        end=case.end,
        hole=case.hole,
        text=text,
        exact=is_exact(case.kind, text, case.hole),
        similarity=round(Indel.normalized_similarity(_answer(case.kind, text), case.hole.rstrip()), 4),
        ms=round(ms, 2),
        said=said.said if said else "",
        stop=said.stop if said else "",
        rules=said.rules if said else (),
        read=_read(told),
        confidence=round(said.confidence, 4) if said else None,
        reason=told.reason if told and not text else "",
        leaked=tuple(leaked(text, case.before + case.after)),
    )


def _read(told: Explanation | None) -> dict[str, int]:
    read: dict[str, int] = {}
    for part in told.context.parts if told and told.context else ():
        read[part.name] = read.get(part.name, 0) + part.characters
    return read
