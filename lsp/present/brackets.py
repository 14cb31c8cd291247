r"""Which brackets and quotes of a text are closed, without knowing its language.

Invariant: what stands in a string counts for nothing; a quote that is not closed again on its way is an apostrophe.
"""

from __future__ import annotations

import re
from typing import NamedTuple

PAIRS = {"(": ")", "[": "]", "{": "}"}
CLOSERS = frozenset(PAIRS.values())

_string = re.compile(
    r"(?<=[<&])'\w+\b(?!')(?:, *'\w+\b(?!'))*|'(?:static|_)\b(?!')"  # Rust's lifetimes are no strings
    r"|(?<=\w)(?<!\b[bfruBFRUL])(?<!\b[bfruBFRU]{2})'"  # nor are apostrophes; f'..' and its like are
    r"|(?P<quote>(?P<mark>[\"'`])(?:(?P=mark){2})?)(?:\\.|(?!(?P=quote))[^\\])*(?P<end>(?P=quote))?",
    re.DOTALL,
)


class Brackets(NamedTuple):
    """Where the brackets stand that close nothing in a text, and what would close those that it leaves open.

    `due` has the outermost first: its reverse is what is to be typed.
    """

    unmatched: list[int]
    due: str


def brackets(text: str) -> Brackets:
    """Match a text's brackets outside of its strings."""
    due: list[str] = []
    unmatched: list[int] = []
    strings_end = 0
    for at, character in enumerate(text):
        if at < strings_end:
            continue
        if found := _string.match(text, at):
            strings_end = found.end() if found["end"] or not found["quote"] else found.end("quote")
        elif character in PAIRS:
            due.append(PAIRS[character])
        elif character in CLOSERS and (not due or due.pop() != character):
            unmatched.append(at)
    return Brackets(unmatched, "".join(due))


def open_quote(before: str) -> str:
    """Find the quote, single or tripled, of the string that a text ends in; empty outside of strings."""
    return next((found["quote"] for found in _string.finditer(before) if found["quote"] and not found["end"]), "")


def string_at(text: str, quote: str) -> str:
    """Give what of a text is still in the string that it stands in, which `quote` ends; an escaped one does not."""
    inside = re.match(rf"(?:\\.|(?!{quote})[^\\])*", text, re.DOTALL)
    return inside.group() if inside else ""
