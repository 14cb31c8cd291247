"""How much a definition of another file is worth to who reads the text around the cursor.

Invariant: it depends on that text and on the definitions only, never on the order of the files. The class of what the
text reaches into comes first, then what it names, then what has its words.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from lsp.context.words import KEYWORDS, Rarity, identifiers, subwords

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from lsp.context.definition import Definition, Member
    from lsp.context.gathering import Outline
    from lsp.context.interest import Interest

NAMED_HERE, NAMED_IN_IMPORTS = 1.0, 0.3
"""What a definition's rank gains if the text around the cursor, or an import, has its name; overlap is 0 to 1."""
DECLARED, FOLLOWED, INHERITED = 2.0, 1.0, 0.5
"""What it gains for each receiver that is declared with its name, or through a signature that has it, by its weight."""
ALIKE, MODULE = 1.0, 0.7
"""What it gains if a receiver is called as it is, as `cart` for Cart, or as its module is."""
KNOWN = 0.5
"""What a member loses that the model reads about anyway."""


class Ranking:
    """The ranks of definitions and of their members, for one interest."""

    def __init__(self, interest: Interest, outlines: Sequence[Outline], others: Iterable[frozenset[str]]) -> None:
        self._interest = interest
        definitions = [each for outline in outlines for each in outline.definitions]
        self._rarity = Rarity(interest.words, [*(each.words for each in definitions), *others])
        self._reached = _reached(interest, definitions)
        self._alike = [(subwords(name), weight) for name, weight in interest.receivers.items() if subwords(name)]

    def overlap(self, piece: frozenset[str]) -> float:
        """Tell how much a piece has of the words that are wanted, 0 to 1."""
        return self._rarity.overlap(piece)

    def rank(self, definition: Definition, module: str, imported: frozenset[str]) -> float:
        """Tell what a definition is worth; above 1 the text needs it."""
        rank = self.overlap(definition.words) + self._reached.get(definition.name, 0.0)
        rank += 0.0 if definition.members else MODULE * self._interest.receivers.get(module, 0.0)
        rank += NAMED_HERE * (definition.name in self._interest.named) + NAMED_IN_IMPORTS * (
            definition.name in imported
        )
        if definition.members:
            name = subwords(definition.name)
            alike = (
                weight * len(name & each) / math.sqrt(len(name) * len(each))
                for each, weight in self._alike
                if name & each
            )
            rank += ALIKE * max(alike, default=0.0)
        return rank

    def worth(self, member: Member) -> float:
        """Tell what a member is worth beside the others of its definition."""
        return self.overlap(member.words) - KNOWN * (member.name in self._interest.known)


def _reached(interest: Interest, definitions: Sequence[Definition]) -> dict[str, float]:
    """Weigh the names that receivers are declared with, and those in the signatures that these lead to."""
    reached: dict[str, float] = {}
    followed: dict[str, float] = {}
    for receiver, weight in interest.receivers.items():
        declared = interest.declared[receiver]
        _raise(reached, declared, DECLARED * weight)
        _raise(followed, {receiver, *declared}, FOLLOWED * weight)
    for definition in definitions:
        signatures = [(each.name, each.text) for each in definition.members] or [(definition.name, definition.head)]
        for name, text in signatures:
            if name in followed:
                _raise(reached, _types(text, name), followed[name])
    for definition in definitions:
        if definition.members and definition.name in reached:
            _raise(reached, _types(definition.head, definition.name), INHERITED * reached[definition.name])
    return reached


def _raise(weights: dict[str, float], names: Iterable[str], weight: float) -> None:
    """Let names weigh so much at least."""
    for name in names:
        weights[name] = max(weights.get(name, 0.0), weight)


def _types(signature: str, name: str) -> set[str]:
    return identifiers(signature) - KEYWORDS - {name}
