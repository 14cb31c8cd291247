"""What the text around a cursor asks for: its words, the names in it, and what it reaches into.

Invariant: what stands nearer to the cursor weighs more, 1 on its own line, and half of that `HALF_LINES` away.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from lsp.context.words import identifiers, words

HALF_LINES = 3.0
REACHED_NOW = 3.0
"""How many times more the receiver that stands right before the cursor weighs."""
DECLARATION_CHARACTERS = 120

_receiver = re.compile(
    r"([\w$]+)(?:\((?:[^()\n]|\(\))*\)|\[[^\[\]\n]*\])?[?!]?\s*(?:\.|::)(?=\s*(?:[\w$]|$))", re.MULTILINE
)
_declaration = re.compile(
    rf"(?<![\w$])([\w$]+)\??\s*(?::(?!:)|=(?![=>])|\bin\b|\bof\b)(?=(.{{1,{DECLARATION_CHARACTERS}}}))"
)
_own = frozenset({"self", "this", "Self", "super", "cls"})
_class = re.compile(
    r"^[ \t]*(?:(?:export|default|abstract|pub(?:\([^)]*\))?|unsafe)\s+)*(?:class|impl|trait|interface)\b.*$",
    re.MULTILINE,
)


class Interest(NamedTuple):
    """What is asked for: words, and receivers (what stands before a dot), with their weights.

    `declared` gives for a receiver the identifiers that stand where it is declared, in the window or in a signature of
    the class that the cursor is in; `known` are the identifiers that the model reads anyway.
    """

    words: dict[str, float]
    named: set[str]
    receivers: dict[str, float]
    declared: dict[str, set[str]]
    known: set[str]


def interest(near: str, at: int, window: str, scopes: str) -> Interest:
    """Find out what is asked for at the character `at` of the near text; `scopes` are the headers above the window."""
    line = near.count("\n", 0, at)
    weights = [1 / (1 + abs(number - line) / HALF_LINES) for number in range(near.count("\n") + 1)]
    wanted: dict[str, float] = {}
    for number, text in enumerate(near.split("\n")):
        for word in words(text):
            wanted[word] = max(wanted.get(word, 0.0), weights[number])
    receivers: dict[str, float] = {}
    for match in _receiver.finditer(near):
        weight = REACHED_NOW if match.end() == len(near[:at].rstrip()) else weights[near.count("\n", 0, match.end())]
        receivers[match[1]] = max(receivers.get(match[1], 0.0), weight)
    before = window[: max(window.find(near), 0) + at]
    return Interest(
        wanted, identifiers(near), receivers, _declared(receivers, window, before, scopes), identifiers(window)
    )


def _declared(receivers: dict[str, float], window: str, before: str, scopes: str) -> dict[str, set[str]]:
    """Find the identifiers that stand where receivers get their types: behind a colon, an equals sign, `in` or `of`."""
    found: dict[str, set[str]] = {receiver: set() for receiver in receivers}
    for match in _declaration.finditer(window):
        if match[1] in found:
            found[match[1]] |= identifiers(match[2])
    heads = _class.findall(before)[-1:] or _class.findall(scopes)[-1:]
    for receiver in _own & found.keys():
        found[receiver] = identifiers("".join(heads))
    return found
