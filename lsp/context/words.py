"""The words that code is made of, and how much two pieces of code have in common.

Invariant: an identifier's words are those that its case and underscores separate, in lower case; single letters, digits
and what is a keyword almost everywhere do not count, as they are in every piece.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

_identifier = re.compile(r"\b[^\W\d]\w*")
_word = re.compile(r"[A-Z]+(?![^\W\d_A-Z])|[A-Z]?[^\W\d_A-Z]+")

KEYWORDS = frozenset(
    """
    and as async await bool break case catch class const continue def default do dyn elif else enum export
    extends false final finally float fn for from func function if impl implements import in int interface is
    let match mod mut new nil none not null number of or package pass private protected pub public raise
    readonly return self static str string struct super switch this throw trait true try type undefined use var
    void while with yield
    """.split()  # noqa: SIM905 - a list of literals would be a line each
)


def identifiers(text: str) -> set[str]:
    """List the identifiers of a piece of code; words of comments and strings are among them."""
    return set(_identifier.findall(text))


@lru_cache(maxsize=8192)
def subwords(identifier: str) -> frozenset[str]:
    """Split an identifier into its words."""
    words = (word.lower() for word in _word.findall(identifier))
    return frozenset(word for word in words if len(word) > 1 and word not in KEYWORDS)


def words(text: str) -> frozenset[str]:
    """Collect the words of a piece of code."""
    return frozenset().union(*map(subwords, identifiers(text)))


class Rarity:
    """How much each of the wanted words tells, by its weight, where these are the pieces to choose from.

    A word's weight is log(1 + pieces / pieces that have it), the smoothed inverse document frequency of information
    retrieval (Manning, Raghavan and Schuetze, Introduction to Information Retrieval, 2008, section 6.2.1).
    """

    def __init__(self, wanted: Mapping[str, float], pieces: Iterable[frozenset[str]]) -> None:
        counted: Counter[str] = Counter()
        count = 0
        for piece in pieces:
            count += 1
            counted.update(wanted.keys() & piece)
        self._weights = {word: wanted[word] * math.log1p(count / each) for word, each in counted.items()}
        self._all = sum(self._weights.values())

    def overlap(self, piece: frozenset[str]) -> float:
        """Tell how much of what is wanted a piece has, 0 to 1, over the root of its size: short pieces say it best."""
        common = sum(self._weights[word] for word in self._weights.keys() & piece)
        return common / self._all / math.sqrt(len(piece)) if common else 0.0
