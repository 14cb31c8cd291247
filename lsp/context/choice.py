"""Choosing the background: which pieces the model reads before the window, within a number of characters.

Invariant: what comes is within the budget and in a fixed order, what is most wanted last; no piece says what the window
or another piece says already. When the time is over, what was not looked at by then is left out.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, NamedTuple

from rapidfuzz.distance import Indel

from engine.messages import NO_BACKGROUND, Background, Excerpt
from lsp.context.interest import interest
from lsp.context.ranking import Ranking
from lsp.context.words import words

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from lsp.context.gathering import Outline
    from lsp.context.interest import Interest
    from lsp.settings import Source

IMPORTS_SHARE, SCOPES_SHARE, CLIPPED_SHARE = 0.2, 0.2, 0.2
"""How much of the budget these take at most; imported and recent pieces share the rest."""
SAME_LINES = 0.6
SAME_TEXT = 0.8
"""A piece is a duplicate if so many of its lines stand elsewhere, or if it is as similar to another piece."""
LEAST_RANK, LEAST_CHARACTERS = 0.01, 16
NEEDED = 1.0
RESEMBLING_PART = 4
"""A definition of a lower rank takes that part of the room that is left at most."""
_COPIED = frozenset({"recent", "clipped"})
_ORDER: tuple[Source, ...] = ("clipped", "recent", "imported", "imports", "scopes")
"""What comes first is what the engine leaves out first, where it is more than the model's context has room for."""


class Piece(NamedTuple):
    """Something to read, from a file of that path; `place` orders the pieces of one file."""

    source: Source
    path: str
    text: str
    place: int = 0


@dataclass(frozen=True, slots=True)
class Chosen:
    """The background, and the pieces that it is made of."""

    background: Background = NO_BACKGROUND
    pieces: tuple[Piece, ...] = ()


NOTHING = Chosen()


@dataclass(frozen=True, slots=True, kw_only=True)
class Material:
    """What there is to choose from: the file's place, its own lines outside of the window, and what others have.

    `near` is the text around the cursor, which is at the character `at` of it; `window` is all that the model reads
    anyway. Pieces come the best first.
    """

    project: str = ""
    path: str = ""
    near: str = ""
    at: int = 0
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
    wanted = interest(material.near, material.at, material.window, "\n".join(material.scopes))
    imports = (Piece("imports", material.path, text, place) for place, text in enumerate(material.imports))
    basket.fill(sorted(imports, key=lambda piece: -len(words(piece.text) & wanted.words.keys())), IMPORTS_SHARE)
    scopes = [Piece("scopes", material.path, text, place) for place, text in enumerate(material.scopes)]
    basket.fill(reversed(scopes), SCOPES_SHARE)
    basket.fill(material.clipped, CLIPPED_SHARE)
    for piece in _ranked(material, wanted, over, basket.room):
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

    def room(self, source: Source, path: str) -> int:
        """Tell how long a text of that file may be."""
        opened = any((each.source, each.path) == (source, path) for each in self.taken)
        return self._left - 1 - (0 if opened else len(path) + 1)

    def _cost(self, piece: Piece) -> int:
        return len(piece.text) + self._left - self.room(piece.source, piece.path)

    def _knows(self, piece: Piece) -> bool:
        """Whether it is a duplicate; of lists of names and signatures only what is exactly the same is one."""
        lines = _lines(piece.text)
        if not lines or len(lines & self._known) >= SAME_LINES * len(lines):
            return True
        if piece.source not in _COPIED:
            return any(piece.text == each.text for each in self.taken)
        similar = (Indel.normalized_similarity(piece.text, each.text, score_cutoff=SAME_TEXT) for each in self.taken)
        return any(similar)


def _ranked(
    material: Material, wanted: Interest, over: Callable[[], bool], room: Callable[[Source, str], int]
) -> Iterator[Piece]:
    """Rank definitions and recent pieces together; a definition is written out only when its turn comes."""
    recent = [(piece, words(piece.text)) for piece in material.recent]
    ranking = Ranking(wanted, material.outlines, [common for _, common in recent])
    ranked: list[tuple[float, Piece | tuple[Outline, int]]] = [
        (ranking.overlap(common), piece) for piece, common in recent
    ]
    for outline in material.outlines:
        if over():
            break
        module = PurePosixPath(outline.path).stem
        ranked += (
            (ranking.rank(each, module, material.imported_names), (outline, place))
            for place, each in enumerate(outline.definitions)
        )
    for rank, candidate in sorted(ranked, key=lambda each: -each[0]):
        if rank < LEAST_RANK:
            return
        if isinstance(candidate, Piece):
            yield candidate
        else:
            outline, place = candidate
            left = room("imported", outline.path)
            if left < LEAST_CHARACTERS:
                continue
            text = outline.definitions[place].text(left if rank >= NEEDED else left // RESEMBLING_PART, ranking.worth)
            yield Piece("imported", outline.path, text, place)


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
