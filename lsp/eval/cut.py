"""Holes in real code: what stood there is what the model has to find.

    rest_of_line   from the start of a token to the line's end
    whole_line     a line but its indentation
    block          two to eight lines, all that is indented under a line that opens a block
    mid_line       from one token to another of the same line, with words to the right
    mid_word       from inside a word to the line's end
    other_file     to the line's end from a name on that another file of the package defines, and this one nowhere holds

Invariant: before + hole + after is the file, character by character. What is cut depends on nothing but the sources:
each place in a line is drawn by a hash of where it is, so that another package, or another file, changes nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import chain, takewhile
from typing import TYPE_CHECKING, Literal, get_args

from lsp.eval.draw import digest, draw
from lsp.eval.lines import Line, code_lines
from lsp.eval.names import Names

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from lsp.eval.sources import Source

Kind = Literal["rest_of_line", "whole_line", "block", "mid_line", "mid_word", "other_file"]
KINDS: tuple[Kind, ...] = get_args(Kind)
SHORTEST = 3  # characters of a hole that is worth filling
SHORTEST_LINE = 6
TYPED = 2  # characters of a word that was begun
MOST_PER_FILE = 3  # of a kind, while there are others
DRAWN_LINES = 12  # of a file, from which the kinds within a line are cut
BLOCK_LINES = range(2, 9)


@dataclass(frozen=True)
class Case:
    """A hole in a source, by offsets."""

    kind: Kind
    source: Source
    start: int
    end: int

    @property
    def before(self) -> str:
        """What stands before the cursor."""
        return self.source.text[: self.start]

    @property
    def hole(self) -> str:
        """What the model has to find."""
        return self.source.text[self.start : self.end]

    @property
    def after(self) -> str:
        """What stands after the hole."""
        return self.source.text[self.end :]

    @property
    def name(self) -> str:
        """Say where it is: package, file, and the cursor's line from 1."""
        return f"{self.source.package}/{self.source.path}:{self.before.count(chr(10)) + 1}"

    @property
    def digest(self) -> str:
        """Tell it from every other one, of this version of its file or of another."""
        return digest(self.kind, self.name, self.start, self.end, self.source.text)


def cut(sources: Sequence[Source], kinds: Sequence[Kind] = KINDS) -> Iterator[Case]:
    """Yield every case of these kinds that the sources of one package hold, at most one of a kind for each line.

    Lines of code outnumber what anybody measures by far: of each file some are drawn.
    """
    names = Names(sources) if "other_file" in kinds else None
    for source in sources:
        lines = code_lines(source)
        for kind in kinds:
            if kind == "block":
                yield from _blocks(source, lines)
            elif kind != "other_file":
                yield from _in_lines(kind, source, lines)
            elif names is not None:
                yield from _foreign(source, lines, names)


def choose(cases: Sequence[Case], count: int) -> list[Case]:
    """Draw cases, as many of each language and kind as there are, files taking turns.

    The first of more cases are those of fewer.
    """
    cells: dict[tuple[str, str], list[Case]] = {}
    for case in sorted(cases, key=lambda case: _draw(case.kind, case.source, case.start)):
        cells.setdefault((case.source.language, case.kind), []).append(case)
    columns = [_spread(cells[cell]) for cell in sorted(cells)]
    rounds = max(map(len, columns), default=0)
    return [column[each] for each in range(rounds) for column in columns if each < len(column)][:count]


def _spread(cases: Sequence[Case]) -> list[Case]:
    """Put cases of files that have had their share behind the others."""
    had: dict[str, int] = {}
    turns: list[tuple[int, Case]] = []
    for case in cases:
        had[case.source.path] = had.get(case.source.path, 0) + 1
        turns.append(((had[case.source.path] - 1) // MOST_PER_FILE, case))
    return [case for _, case in sorted(turns, key=lambda turn: turn[0])]


def _draw(kind: Kind, source: Source, offset: int) -> int:
    """Draw a number for a place."""
    return draw(kind, source.package, source.path, offset)


def _in_lines(kind: Kind, source: Source, lines: Sequence[Line]) -> Iterator[Case]:
    stride = max(len(lines) // DRAWN_LINES, 1)
    for line in lines[_draw(kind, source, 0) % stride :: stride]:
        places = _PLACES[kind](line)
        if places:
            start, end = places[_draw(kind, source, line.offset) % len(places)]
            yield Case(kind, source, line.offset + start, line.offset + end)


def _rest_of_line(line: Line) -> list[tuple[int, int]]:
    end = len(line.text)
    return [(start, end) for start in line.borders[1:] if end - start >= SHORTEST]


def _whole_line(line: Line) -> list[tuple[int, int]]:
    begins_file = line.offset + line.indent == 0  # nobody has typed anything there that a request could follow
    fits = len(line.text) - line.indent >= SHORTEST_LINE and not begins_file
    return [(line.indent, len(line.text))] if fits else []


def _mid_line(line: Line) -> list[tuple[int, int]]:
    """Holes that end before a sign, so that the cursor does not stand in a word, with a word behind the sign."""
    text = line.text
    ends = [end for end in line.borders if not _is_word(text[end]) and any(map(_is_word, text[end:]))]
    starts = line.borders[1:]
    return [(start, end) for start in starts for end in ends if end - start >= SHORTEST and text[end - 1] != " "]


def _mid_word(line: Line) -> list[tuple[int, int]]:
    text, end = line.text, len(line.text)
    inside = (at for at in range(TYPED, end) if all(map(_is_word, text[at - TYPED : at + 1])))
    return [(at, end) for at in inside if end - at >= SHORTEST]


_PLACES: dict[Kind, Callable[[Line], list[tuple[int, int]]]] = {
    "rest_of_line": _rest_of_line,
    "whole_line": _whole_line,
    "mid_line": _mid_line,
    "mid_word": _mid_word,
}


def _is_word(character: str) -> bool:
    return character.isalnum() or character == "_"


def _blocks(source: Source, lines: Sequence[Line]) -> Iterator[Case]:
    for at, opener in enumerate(lines):
        if opener.text[-1] not in ":{":
            continue
        inside = list(takewhile(lambda line, least=opener.indent: line.indent > least, lines[at + 1 :]))  # type: ignore[misc]
        adjoining = [line.number for line in chain([opener], inside)]
        if len(inside) in BLOCK_LINES and adjoining == list(range(adjoining[0], adjoining[0] + len(adjoining))):
            yield Case("block", source, inside[0].offset + inside[0].indent, inside[-1].end)


def _foreign(source: Source, lines: Sequence[Line], names: Names) -> Iterator[Case]:
    for line in lines:
        at = names.foreign(source, line.text)
        if at is not None and at > line.indent:
            yield Case("other_file", source, line.offset + at, line.end)
