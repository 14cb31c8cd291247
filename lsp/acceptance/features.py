"""What can be told of a suggestion before anybody has seen it: the figures that its probability is computed from.

Invariant: they depend on the answer, the place it was given for and the language alone; on no clock, and on nothing
that was shown before. So the same suggestion has the same figures whenever it is looked at, and on any machine.

Logarithms are natural ones, of probabilities.
"""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING, NamedTuple

import msgspec
from rapidfuzz.distance import Indel

from lsp.kind import kind_of
from lsp.present.brackets import brackets
from lsp.present.names import unknown_share
from lsp.text import first_line

if TYPE_CHECKING:
    from collections.abc import Sequence

    from engine.messages import Completed, Shape
    from lsp.acceptance.beginnings import Beginning
    from lsp.context.window import Window

LEAST_LOG = -20.0
"""No token is taken for less likely."""

TELLING_CHARACTERS = 4
"""What is shorter stands anywhere in a file."""

LONGEST_WORD = 12
"""Characters of a word from which on more of them say no more."""

_FAMILIES = {
    "javascript": "typescript",
    "javascriptreact": "typescript",
    "typescriptreact": "typescript",
}


class Place(NamedTuple):
    """Where an answer was given: the text around the cursor, what was asked for, and the document's language."""

    around: Window
    shape: Shape
    language: str


class Features(msgspec.Struct, frozen=True, kw_only=True):
    """The figures, each a plain number.

    `mean_log`, `least_log`, `first_log` and `last_log` are of the tokens, `sum_log` is of all of them and `whole` the
    probability of that. `tokens` and `characters` are logarithms of 1 + their number, `lines` of that of lines.
    `is_all`: it is all that the rules left. `unended`: the model came to no end within its tokens. `cut`: a rule took
    away more than white space.

    `word_typed` is how much stands of the word at the cursor, `line_typed` of its line (a logarithm, as above). `word`,
    `line`, and `block` are 0 or 1 (see lsp/kind.py), all 0 for the rest of a line. `like_above` is the similarity to
    the line above, 0 to 1. `seen`: the first line stands elsewhere in the window; `strange_names` is the share of its
    names that stand nowhere in sight. `unbalanced` is how many brackets stay open or are closed without having been
    opened, `wordless`: there are only signs.
    """

    mean_log: float
    least_log: float
    first_log: float
    last_log: float
    sum_log: float
    whole: float
    tokens: float
    characters: float
    lines: float
    is_all: float
    unended: float
    cut: float
    word_typed: float
    line_typed: float
    word: float
    line: float
    block: float
    like_above: float
    seen: float
    strange_names: float
    unbalanced: float
    wordless: float
    python: float
    typescript: float
    rust: float


NAMES = tuple(field.name for field in msgspec.structs.fields(Features))


def features_of(said: Completed, beginning: Beginning, place: Place, *, cut: bool) -> Features:
    """Describe a beginning of what the model said, or of what rules that `cut` something off have left of it."""
    text, around = beginning.text, place.around
    first = first_line(text)
    logs = _logs(said, beginning)
    kind = kind_of(around, place.shape)
    family = _FAMILIES.get(place.language, place.language)
    seen = first.strip()
    return Features(
        mean_log=sum(logs) / len(logs),
        least_log=min(logs),
        first_log=logs[0],
        last_log=logs[-1],
        sum_log=sum(logs),
        whole=math.exp(sum(logs)),
        tokens=math.log1p(len(logs)),
        characters=math.log1p(len(text)),
        lines=math.log1p(text.count("\n")),
        is_all=float(beginning.is_all),
        unended=float(said.stop in ("length", "repeat")),
        cut=float(cut),
        word_typed=float(min(len(around.word_before), LONGEST_WORD)),
        line_typed=math.log1p(len(around.line_before.strip())),
        word=float(kind == "word"),
        line=float(kind == "line"),
        block=float(kind == "block"),
        like_above=Indel.normalized_similarity((around.line_before + first).strip(), around.line_above.strip()),
        seen=float(len(seen) >= TELLING_CHARACTERS and _stands_in(around, seen)),
        strange_names=unknown_share(first, around, language=place.language),
        unbalanced=float(_unbalanced(around.line_before + first)),
        wordless=float(not re.search(r"\w", first)),
        python=float(family == "python"),
        typescript=float(family == "typescript"),
        rust=float(family == "rust"),
    )


def _logs(said: Completed, beginning: Beginning) -> Sequence[float]:
    """Give the logarithms of its tokens; their mean, where they were not told."""
    return [max(log, LEAST_LOG) for log in beginning.logs or (math.log(max(said.confidence, 1e-9)),)]


def _stands_in(around: Window, text: str) -> bool:
    return text in around.prefix or text in around.suffix


def _unbalanced(line: str) -> int:
    found = brackets(line)
    return len(found.due) + len(found.unmatched)
