"""What of a text stands right of the cursor, or below it, already.

Invariant: each function gives a beginning of its text, and cuts no word in two.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from lsp.present.brackets import CLOSERS, brackets, string_at
from lsp.text import indent

if TYPE_CHECKING:
    from lsp.context.window import Window

TELLING_CHARACTERS = 4
"""A whole line shorter than this (a bracket, `pass`' rest) may well stand twice in a row."""

until_quote = string_at

_word_character = re.compile(r"\w")
_untelling = re.compile(r"\s+|[,;]+$")


def until_bracket(text: str, after: str) -> str:
    """Stop before the bracket that stands right of the cursor already."""
    closer = next((after[at] for at in brackets(after).unmatched), "")
    return text[: next((at for at in brackets(text).unmatched if text[at] == closer), len(text))]


def until_mismatch(text: str, around: Window) -> str:
    """Stop before a bracket that closes another one than the innermost that the cursor's line has open."""
    due = list(brackets(around.line_before).due)
    for at in brackets(text).unmatched:
        if due and text[at] in CLOSERS and due.pop() != text[at]:
            return text[:at]
    return text


def without_overlap(text: str, after: str) -> str:
    """Drop the longest end of the text that stands right of the cursor; no word or pair of brackets is cut in two."""
    for length in range(min(len(text), len(after)), 0, -1):
        kept = text[:-length]
        if (
            text.endswith(after[:length])
            and not _cuts_a_word(text, len(kept))
            and not _cuts_a_word(after, length)
            and len(brackets(kept).due) <= len(brackets(text).due)
        ):
            return kept
    return text


def _cuts_a_word(text: str, at: int) -> bool:
    return 0 < at < len(text) and bool(_word_character.match(text[at - 1]) and _word_character.match(text[at]))


def without_following(text: str, around: Window) -> str:
    """Drop the lines from which on the text says what the lines below say already, but for blanks and a last comma."""
    below = [_telling(line) for line in around.lines_below if line.strip()]
    if not below or around.line_after.strip():
        return text
    lines = text.split("\n")
    for start in range(len(lines)):
        head = around.line_before if start == 0 else ""
        if start == 0 and len((head + lines[0]).strip()) < TELLING_CHARACTERS:
            continue
        shown = [_telling(line) for line in (head + lines[start], *lines[start + 1 :]) if line.strip()]
        if _repeats(shown, below):
            return "\n".join(lines[:start])
    return text


def _telling(line: str) -> str:
    """Give a line with its indentation, without what may differ between two that say the same."""
    body = line.strip()
    return indent(line) + _untelling.sub("", body)


def _repeats(shown: list[str], below: list[str]) -> bool:
    """Whether lines begin as those below do, and that says enough: with all of them, or two."""
    same = 0
    for line, existing in zip(shown, below, strict=False):
        if line != existing:
            break
        same += 1
    return bool(same) and (same == len(shown) or same > 1)
