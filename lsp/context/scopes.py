"""The headers of the scopes that a place is in, as far as they stand above the window.

Invariant: of the lines above, one encloses a place if it is indented less than all that stand between; `if`, loops and
the like are left out, as they name nothing. No more than `MOST_LINES` are looked at.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from lsp.context.statements import whole
from lsp.text import content, indent

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

MOST_LINES = 2000
HEADER_CHARACTERS = 300

_unnamed = re.compile(
    r"\W*(?:if|elif|else|for|while|loop|until|unless|try|except|catch|finally|ensure|rescue|with|using|switch|select"
    r"|match|case|default|do|then|begin|return|yield|await|throw|raise|end)\b"
)
_aside = re.compile(r"//|/\*|\*|--|#|@|<!--|;")
"""Comments, decorators and preprocessor lines: their indentation says nothing."""
_closer = re.compile(r"[)\]}{]")


def headers(lines: Sequence[str], line: int, first: int) -> list[str]:
    """Give the headers above line `first` of the scopes that `line` is in, the outermost first."""
    found = [whole(lines, number, "([)]") for number in _enclosing(lines, line) if number < first]
    texts = ["\n".join(text) for text in reversed(found)]
    return [text for text in texts if len(text) <= HEADER_CHARACTERS]


def _enclosing(lines: Sequence[str], line: int) -> Iterator[int]:
    """Find the lines that enclose a line, the innermost first; those that only close or only open stand for another."""
    depth = _depth(lines, line)
    closing = False
    for number in range(line - 1, max(line - MOST_LINES, 0) - 1, -1):
        text = content(lines[number])
        stripped = text.strip()
        here = len(indent(text))
        if not stripped or here > depth or (here == depth and not closing) or _aside.match(stripped):
            continue
        depth, closing = here, bool(_closer.match(stripped))
        if not closing and not _unnamed.match(stripped):
            yield number
        if not depth and not closing:
            return


def _depth(lines: Sequence[str], line: int) -> int:
    """Tell how far a line is indented: a blank one as its white space says, an empty one as the nearest above."""
    text = content(lines[line])
    if text:
        return len(indent(text))
    above = (content(lines[number]) for number in range(line - 1, max(line - MOST_LINES, 0) - 1, -1))
    nearest = next((each for each in above if each.strip()), "")
    return len(indent(nearest))
