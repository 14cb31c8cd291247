"""Where a text goes round in circles: lines that were said just before, pieces over and over, comments without an end.

Invariant: each function gives a beginning of its text. A line that tells nothing (a bracket, figures) may come again.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from lsp.context.window import Window

TELLING_CHARACTERS = 6
LONGEST_CYCLE_LINES = 4
MOST_COMMENT_LINES = 4
MOST_TURNS = 4
"""A line so short may well stand twice in a row; a cycle of so many lines is seen; so many comments, so many pieces."""

_telling = re.compile(r"[^\W\d]{2}")
_pieces = re.compile(rf"(?P<piece>[^\n]{{4,40}}?)(?P=piece){{{MOST_TURNS - 1},}}(?=(?P<rest>[^\n]*))")
_comment = re.compile(r"\s*(?:#|//|--|\*|/\*)")


def unless_above(text: str, around: Window) -> str:
    """Leave nothing of a text whose first line makes the cursor's line the one above it once more."""
    first = text.partition("\n")[0]
    line = (around.line_before + first + around.line_after).strip()
    above = around.prefix.rpartition("\n")[0].rpartition("\n")[2].strip()
    return "" if line == above and _tells(line) and first.strip() else text


def until_repeated(text: str, around: Window) -> str:
    """Stop where lines follow that are those just before them, and behind the first of pieces that come in a row."""
    found = next(
        (found for found in _pieces.finditer(text) if _telling.search(found["piece"]) and _goes_on(found)), None
    )
    if found is not None:
        text = text[: found.end("piece")]
    lines = [around.line_before + text.partition("\n")[0], *text.split("\n")[1:]]
    bare = [line.strip() for line in lines]
    for at in range(1, len(lines)):
        for length in range(1, min(at, LONGEST_CYCLE_LINES) + 1):
            cycle = bare[at : at + length]
            if cycle == bare[at - length : at] and any(map(_tells, cycle)):
                return "\n".join(text.split("\n")[:at])
    return text


def until_endless(text: str, around: Window) -> str:
    """Keep so many lines of comments in a row that are nothing else."""
    lines = text.split("\n")
    run = 0
    for count, line in enumerate([around.line_before + lines[0], *lines[1:]]):
        run = run + 1 if _comment.match(line) else 0
        if run > MOST_COMMENT_LINES:
            return "\n".join(lines[:count])
    return text


def _goes_on(pieces: re.Match[str]) -> bool:
    """Whether the line ends in their midst: `tuple[int, int, int, int]` comes to an end, a loop does not."""
    return pieces["piece"].startswith(pieces["rest"])


def _tells(line: str) -> bool:
    return len(line) >= TELLING_CHARACTERS and bool(_telling.search(line))
