"""Choosing the background: which pieces the model reads before the window, within a number of characters.

Invariant: what comes is within the budget and in a fixed order, what is most wanted last; no piece says what the window
or another piece says already. When the time is over, what was not looked at by then is left out.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING, NamedTuple

from rapidfuzz.distance import Indel

from engine.messages import NO_BACKGROUND, Background, Excerpt
from lsp.context.words import Rarity, identifiers, words

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from lsp.context.gathering import Outline
    from lsp.context.outline import Definition
    from lsp.settings import Source

IMPORTS_SHARE, SCOPES_SHARE, CLIPPED_SHARE = 0.3, 0.2, 0.2
"""How much of the budget these take at most; imported and recent pieces share the rest."""
DEFINITION_CHARACTERS = 480
"""The longest that one definition gets, with its members."""
SAME_LINES = 0.6
SAME_TEXT = 0.8
"""A piece is a duplicate if so many of its lines stand elsewhere, or if it is as similar to another piece."""
NAMED_HERE, NAMED_IN_IMPORTS = 2.0, 1.0
"""What a definition's rank gains if the text around the cursor, or an import, has its name; overlap is 0 to 1."""
LEAST_RANK = 0.01
_COPIED = frozenset({"recent", "clipped"})
_ORDER: tuple[Source, ...] = ("clipped", "recent", "imported", "imports", "scopes")
"""What comes first is what the engine leaves out first, where it is more than the model's context has room for."""


class Piece(NamedTuple):
    """Something to read, from a file of that path; `place` orders the pieces of one file."""

    source: Source
    path: str
    text: str
    place: int = 0


class _Candidate(NamedTuple):
    """A definition of another file, which is written out only if its turn comes."""

    path: str
    definition: Definition
    place: int

    def piece(self, wanted: frozenset[str]) -> Piece:
        return Piece("imported", self.path, self.definition.text(DEFINITION_CHARACTERS, wanted), self.place)


@dataclass(frozen=True, slots=True)
class Chosen:
    """The background, and the pieces that it is made of."""

    background: Background = NO_BACKGROUND
    pieces: tuple[Piece, ...] = ()


NOTHING = Chosen()


@dataclass(frozen=True, slots=True, kw_only=True)
class Material:
    """What there is to choose from: the file's place, its own lines outside of the window, and what others have.

    `near` is the text around the cursor, `window` all that the model reads anyway. Pieces come the best first.
    """

    project: str = ""
    path: str = ""
    near: str = ""
    window: str = ""
    imports: Sequence[str] = ()
    imported_names: frozenset[str] = frozenset()
    scopes: Sequence[str] = ()
    outlines: Sequence[Outline] = ()
    recent: Sequence[Piece] = ()
    clipped: Sequence[Piece] = ()


def choose(material: Material, characters: int, over: Callable[[], bool]) -> Chosen:
    """Choose what the model reads before the window; `over` tells when the time is."""
    basket = _Basket(characters, _lines(material.window))
    wanted = words(material.near)
    imports = (Piece("imports", material.path, text, place) for place, text in enumerate(material.imports))
    basket.fill(sorted(imports, key=lambda piece: -len(words(piece.text) & wanted)), IMPORTS_SHARE)
    scopes = [Piece("scopes", material.path, text, place) for place, text in enumerate(material.scopes)]
    basket.fill(reversed(scopes), SCOPES_SHARE)
    basket.fill(material.clipped, CLIPPED_SHARE)
    for piece in _ranked(material, wanted, over):
        if over():
            break
        basket.put(piece)
    pieces = tuple(_ordered(basket.taken))
    return Chosen(Background(project=material.project, path=material.path, excerpts=_excerpts(pieces)), pieces)


class _Basket:
    """The pieces taken so far, the characters left, and the lines that the model reads already."""

    def __init__(self, characters: int, known: set[str]) -> None:
        self._all = self._left = characters
        self._known = known
        self.taken: list[Piece] = []

    def fill(self, pieces: Iterable[Piece], share: float) -> None:
        """Take pieces up to a share of the whole."""
        least = self._left - int(share * self._all)
        for piece in pieces:
            if self._left - self._cost(piece) >= least:
                self.put(piece)

    def put(self, piece: Piece) -> None:
        """Take a piece, unless there is no room for it or it is known."""
        cost = self._cost(piece)
        if cost <= self._left and not self._knows(piece):
            self._left -= cost
            self.taken.append(piece)
            if piece.source in _COPIED:
                self._known |= _lines(piece.text)

    def _cost(self, piece: Piece) -> int:
        opened = any((each.source, each.path) == (piece.source, piece.path) for each in self.taken)
        return len(piece.text) + 1 + (0 if opened else len(piece.path) + 1)

    def _knows(self, piece: Piece) -> bool:
        """Whether it is a duplicate; of lists of names and signatures only what is exactly the same is one."""
        lines = _lines(piece.text)
        if not lines or len(lines & self._known) >= SAME_LINES * len(lines):
            return True
        if piece.source not in _COPIED:
            return any(piece.text == each.text for each in self.taken)
        similar = (Indel.normalized_similarity(piece.text, each.text, score_cutoff=SAME_TEXT) for each in self.taken)
        return any(similar)


def _ranked(material: Material, wanted: frozenset[str], over: Callable[[], bool]) -> Iterator[Piece]:
    """Rank definitions and recent pieces together, by what they have in common with the text around the cursor."""
    recent = [(piece, words(piece.text)) for piece in material.recent]
    definitions = [definition.words for outline in material.outlines for definition in outline.definitions]
    rarity = Rarity(wanted, definitions + [common for _, common in recent])
    ranks = [(rarity.overlap(common), piece) for piece, common in recent]
    named = identifiers(material.near)
    candidates: list[tuple[float, Piece | _Candidate]] = [*ranks]
    for outline in material.outlines:
        if over():
            break
        for place, definition in enumerate(outline.definitions):
            rank = rarity.overlap(definition.words) + _named(definition, named, material.imported_names)
            candidates.append((rank, _Candidate(outline.path, definition, place)))
    best = sorted((each for each in candidates if each[0] >= LEAST_RANK), key=lambda ranked: -ranked[0])
    for _, candidate in best:
        yield candidate if isinstance(candidate, Piece) else candidate.piece(wanted)


def _named(definition: Definition, here: set[str], imported: frozenset[str]) -> float:
    return NAMED_HERE * (definition.name in here) + NAMED_IN_IMPORTS * (definition.name in imported)


def _ordered(taken: list[Piece]) -> list[Piece]:
    """Order pieces by source, in each the file that was wanted first last, and in that by place."""
    first: dict[tuple[Source, str], int] = {}
    for number, piece in enumerate(taken):
        first.setdefault((piece.source, piece.path), number)

    def key(piece: Piece) -> tuple[int, int, int]:
        return _ORDER.index(piece.source), -first[piece.source, piece.path], piece.place

    return sorted(taken, key=key)


def _excerpts(pieces: tuple[Piece, ...]) -> tuple[Excerpt, ...]:
    """Join what comes from one file one after the other."""
    groups = groupby(pieces, key=lambda piece: (piece.source in ("imports", "scopes"), piece.path))
    return tuple(Excerpt(path, "\n".join(piece.text.strip("\n") for piece in group)) for (_, path), group in groups)


def _lines(text: str) -> set[str]:
    return {stripped for line in text.split("\n") if (stripped := line.strip()) and len(stripped) > 1}
