"""What somebody has looked at before: other files of the package that stand open, each with a place in it.

It simulates a person who works on a file with some of those that go with it open beside it, and who came to where the
hole is from there. Which ones nobody knows of a published package; so they are drawn, without any preference, from
the files of the same folder and those that the file's imports name, and of each a line of code where the cursor was.

Invariant: what is drawn depends on the places of files alone, by a hash, and never on the hole: for all holes of a file
the same files are open at the same places. Imports are never cut out, so they hold nothing of what is to be found.
"""

from __future__ import annotations

import re
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, NamedTuple

from lsp.buffer import lines_of
from lsp.eval.draw import draw
from lsp.eval.lines import code_lines, is_import

if TYPE_CHECKING:
    from collections.abc import Sequence

    from lsp.eval.sources import Source

_word = re.compile(r"\w+")
_NAMELESS = frozenset({"__init__", "index", "mod", "lib", "main"})  # files that are imported by their folder's name


class Visit(NamedTuple):
    """A file that stands open, and the offset at which the cursor was."""

    source: Source
    cursor: int


def visits(source: Source, package: Sequence[Source], count: int) -> list[Visit]:
    """Draw the files that stand open beside one of its package's; fewer, where there are no more."""
    imported = _imported(source)
    folder = PurePosixPath(source.path).parent
    near = [
        each
        for each in package
        if each.path != source.path and (PurePosixPath(each.path).parent == folder or _name(each) in imported)
    ]
    near.sort(key=lambda each: draw("open", source.package, source.path, each.path))
    return [Visit(each, _place(source, each)) for each in near[:count]]


def _imported(source: Source) -> frozenset[str]:
    """Collect the words of a file's imports."""
    imports = (text for _, text in lines_of(source.text) if is_import(text))
    return frozenset(word for text in imports for word in _word.findall(text))


def _name(source: Source) -> str:
    path = PurePosixPath(source.path)
    return path.parent.name if path.stem in _NAMELESS else path.stem


def _place(source: Source, other: Source) -> int:
    """Draw a line of code, where there is one, and put the cursor at its end."""
    lines = code_lines(other)
    return lines[draw("place", source.package, source.path, other.path) % len(lines)].end if lines else 0
