"""Which lines of a source somebody might be writing, and where in them a cursor could stand.

Invariant: a line of code holds no comment alone, no part of a string over several lines, and imports nothing: what is
cut out of those says little about completing code.
"""

from __future__ import annotations

import io
import re
import tokenize
from typing import TYPE_CHECKING, NamedTuple

from lsp.buffer import lines_of
from lsp.text import indent

if TYPE_CHECKING:
    from lsp.eval.sources import Source

LONGEST = 160  # characters; nobody waits for more in one go

_comment = re.compile(r"\s*(?:#(?!\[)|//|/\*|\*)")
_import = re.compile(
    r"\s*(?:import\b|from\s+\S+\s+import\b|export\s.*\bfrom\b|\}\s*from\b|(?:pub(?:\([^)]*\))?\s+)?(?:use|mod)\b)"
)
_token = re.compile(r"\w+|[^\w\s]")


class Line(NamedTuple):
    """A line of code without its end, and the offset where it begins."""

    number: int
    offset: int
    text: str

    @property
    def indent(self) -> int:
        """How many characters of indentation it has."""
        return len(indent(self.text))

    @property
    def end(self) -> int:
        """The offset of its end."""
        return self.offset + len(self.text)

    @property
    def borders(self) -> list[int]:
        """Where its tokens begin: words, and every other character that is no space."""
        return [token.start() for token in _token.finditer(self.text)]


def code_lines(source: Source) -> list[Line]:
    """Find the lines of code of a source, each without whitespace at its end."""
    strings = _inside_strings(source.text) if source.language == "python" else set()
    found = (Line(number, offset, text) for number, (offset, text) in enumerate(lines_of(source.text)))
    return [line for line in found if line.number not in strings and _is_code(line.text)]


def is_import(text: str) -> bool:
    """Whether a line brings in names from elsewhere."""
    return bool(_import.match(text))


def _is_code(text: str) -> bool:
    if not text.strip() or text != text.rstrip() or len(text) > LONGEST:
        return False
    return not _comment.match(text) and not is_import(text)


def _inside_strings(text: str) -> set[int]:
    """Find the lines of Python's strings over several lines, from 0; a docstring of one line is one, too."""
    lines: set[int] = set()
    try:
        for token in tokenize.generate_tokens(io.StringIO(text).readline):
            first, last = token.start[0], token.end[0]
            if token.type == tokenize.STRING and (last > first or token.line.strip() == token.string):
                lines.update(range(first - 1, last))
    except (tokenize.TokenError, SyntaxError):
        return set(range(text.count("\n") + 1))  # nobody can tell which lines are code
    return lines
