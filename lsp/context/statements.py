"""Statements that go over several lines: put together by their brackets.

Invariant: a statement ends where its brackets are closed, or after `MOST_LINES`, whatever is in its strings.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from lsp.text import content

if TYPE_CHECKING:
    import re
    from collections.abc import Iterator, Sequence

MOST_LINES = 24
LONGEST_LINE = 400
"""Characters of a line that somebody wrote; longer ones are not looked into, lest a pattern take its time."""
HEAD_LINES = 400
"""Imports are looked for in so many lines, from the top of a file."""


class Statement(NamedTuple):
    """A statement's first line in its document, counted from 0, and its text without the last line's ending."""

    line: int
    text: str


def whole(lines: Sequence[str], first: int, brackets: str = "([{)]}") -> list[str]:
    """Give the lines of the statement that begins here, without their endings; these brackets hold it together."""
    openers, closers = brackets[: len(brackets) // 2], brackets[len(brackets) // 2 :]
    taken: list[str] = []
    depth = 0
    for line in lines[first : first + MOST_LINES]:
        taken.append(content(line))
        depth += sum(line.count(opener) for opener in openers) - sum(line.count(closer) for closer in closers)
        if depth <= 0:
            break
    return taken


def imports(lines: Sequence[str], begins: re.Pattern[str]) -> Iterator[Statement]:
    """Find the import statements at the top of a document."""
    past = 0
    for number, line in enumerate(lines[:HEAD_LINES]):
        if number >= past and len(line) <= LONGEST_LINE and begins.match(line):
            text = whole(lines, number)
            past = number + len(text)
            if max(map(len, text)) <= LONGEST_LINE:
                yield Statement(number, "\n".join(text))
