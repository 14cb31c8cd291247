"""Signatures: a head put on one line, and written shorter, so that more of them are read.

Invariant: a short signature says nothing that the whole one does not; it keeps the order of what it keeps. Nothing is
parsed: what is not bracketed as one expects is kept as it is.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from lsp.context.statements import LONGEST_LINE, MOST_LINES, whole
from lsp.text import content

if TYPE_CHECKING:
    from collections.abc import Sequence

MOST_CHARACTERS = 800
"""A signature that is longer than that is left out, even though its short form might do."""

_gap = re.compile(r"\s*\n\s*")
_goes_on = re.compile(r"\s*(?:extends\b|implements\b|where\b|->|\{\s*$)")
_modifier = re.compile(
    r"(?:pub(?:\([^)]*\))?|export|default|declare|public|private|protected|readonly|abstract|override|unsafe)\s+|self\."
)
_kind = re.compile(
    r"(?:async|await|static|const|let|var|get|set|def|fn|function\s*\*?|func(?:\s*\([^)]*\))?|type|struct|enum|trait|class"
    r"|interface|union|mod)(?:\s+|(?<=\*))"
)
_name = re.compile(r"[#*]?[\w$]+[?!]?")
_call = re.compile(r"\s*(?:=\s*(?:async\s*)?)?\(")
_receivers = frozenset({"self", "cls", "&self", "&mut self", "mut self"})


def heading(lines: Sequence[str], number: int) -> list[str]:
    """Give the lines of the head that begins here, without their endings: up to where its body opens."""
    taken = whole(lines, number, "([)]")
    if taken[0].rstrip().endswith("<"):
        taken = _generic(lines, number) or taken
    while len(taken) < MOST_LINES and not taken[-1].rstrip().endswith(("{", ";", "}")):
        following = content(lines[number + len(taken)]) if number + len(taken) < len(lines) else ""
        if not _goes_on.match(following) and not any(line.lstrip().startswith("where") for line in taken):
            break
        if not following.strip():
            break
        taken.append(following)
    return taken


def _generic(lines: Sequence[str], number: int) -> list[str]:
    """Take type parameters that stand on lines of their own, and what follows the bracket that closes them."""
    first = content(lines[number])
    closer = first[: len(first) - len(first.lstrip())] + ">"
    for end in range(number + 1, min(number + MOST_LINES, len(lines))):
        if lines[end].startswith(closer):
            return [*(content(line) for line in lines[number:end]), *whole(lines, end, "([)]")]
    return []


def signature(parts: Sequence[str]) -> str:
    """Put a head on one line. Empty where it is too long."""
    if max(map(len, parts)) > LONGEST_LINE:
        return ""
    text = _gap.sub(" ", "\n".join(parts)).rstrip()
    for wide, narrow in (("( ", "("), ("[ ", "["), ("< ", "<"), (", )", ")"), (", ]", "]"), (", >", ">"), (" >", ">")):
        text = text.replace(wide, narrow)
    return text if len(text) <= MOST_CHARACTERS else ""


def name_of(text: str) -> str:
    """Tell what a field's or a method's signature names; empty where nothing does."""
    found = _name.match(text, _skipped(text, len(text) - len(text.lstrip()))[1])
    return found[0].strip("#*?!") if found else ""


def short(text: str) -> str:
    """Write a signature with the names of its parameters only, and without types, defaults and values."""
    start = len(text) - len(text.lstrip())
    kinds, begin = _skipped(text, start)
    found = _name.match(text, begin)
    if found is None:
        return text
    place = _past_generics(text, found.end())
    opened = _call.match(text, place)
    called = f"({', '.join(_parameters(text, opened.end()))})" if opened else ""
    return text[:start] + kinds + found[0].rstrip("?!") + called


def _skipped(text: str, place: int) -> tuple[str, int]:
    """Go past the words before a name; give those that tell what it is."""
    kinds = ""
    while True:
        if match := _modifier.match(text, place):
            place = match.end()
        elif match := _kind.match(text, place):
            kinds, place = kinds + match[0], match.end()
        else:
            return kinds, place


def _past_generics(text: str, place: int) -> int:
    depth = 0
    for end in range(place, len(text)):
        depth += (text[end] == "<") - (text[end] == ">" and text[end - 1] not in "=-")
        if depth <= 0:
            return end + 1 if text[end] == ">" and end > place else place
    return place


def _parameters(text: str, place: int) -> list[str]:
    """Name the parameters that stand from here up to the bracket that closes them."""
    names: list[str] = []
    depth, start = 0, place
    for end in range(place, len(text)):
        character = text[end]
        depth += character in "([{<"
        closes = character in ")]}" or (character == ">" and text[end - 1] not in "=-")
        if depth <= 0 and (character == "," or closes):
            names.append(_parameter(text[start:end]))
            start = end + 1
            if closes:
                break
        depth -= closes
    return [name for name in names if name and name not in _receivers]


def _parameter(text: str) -> str:
    """Leave out what stands after a parameter's name; of a pattern nothing."""
    text = text.strip()
    return text if text.startswith(("{", "[")) else re.split(r"\s*[:=?]", text, maxsplit=1)[0].removeprefix("mut ")
