"""What a file defines: names with their signatures, as one reads them in a stub or a header.

Invariant: a line is listed as it stands in the file, but for the white space between its parts, or in short; bodies are
left out.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from lsp.context.definition import Definition, Member
from lsp.context.signature import heading, name_of, short, signature
from lsp.context.statements import LONGEST_LINE
from lsp.context.words import words
from lsp.text import content

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from lsp.context.languages.language import Language

MOST_DEFINITIONS = 200
MOST_MEMBERS = 120
LINE_CHARACTERS = 200
"""A signature that is longer is written in short, and a longer field is left out."""

_OPENERS = ("{", ":")
_NAMES = ("name", "function", "type", "constant")
_sign = re.compile(r"\s*=>?$")
_docstring = re.compile(r"[rRuUbB]{0,2}(\"\"\"|''')")
_attribute = re.compile(r"(self\.[A-Za-z]\w*)\s*(?::[^=]+)?=(?!=)")


def outline(lines: Sequence[str], language: Language) -> tuple[Definition, ...]:
    """List what stands at the left margin, in the file's order."""
    found: list[Definition] = []
    for number, line in enumerate(lines):
        match = language.definition.match(line) if len(line) <= LONGEST_LINE else None
        if match is None or len(found) == MOST_DEFINITIONS:
            continue
        groups = match.groupdict()
        parts = heading(lines, number)
        head = signature(parts)
        if not head:
            continue
        kind = groups.get("kind") or ("impl" if groups.get("impl") else "")
        members = (
            tuple(_members(lines, number + len(parts), language, sets=kind == "class"))
            if kind in language.containers
            else ()
        )
        found.append(
            Definition(
                name=next(groups[name] for name in _NAMES if groups.get(name)),
                head=_bounded(head) if members else _bounded(_bare(head, language.stub)),
                short=_short(head, kind, members=bool(members)),
                members=members,
                stub=language.stub if head.endswith(_OPENERS) else "",
                closing=language.closing if head.endswith("{") else "",
                words=words(head).union(*(member.words for member in members)),
            )
        )
    return tuple(found)


def _short(head: str, kind: str, *, members: bool) -> str:
    """Write a head in short; what is implemented for what is never left out."""
    if kind == "impl":
        return head
    opener = f" {head[-1]}" if head.endswith("{") else head[-1:].strip("=;")
    return short(head) + (opener if members else "")


def _bounded(text: str) -> str:
    """Write a signature in short if it is too long."""
    return text if len(text) <= LINE_CHARACTERS else short(text)


def _bare(signature: str, stub: str) -> str:
    """Leave the brace out that opens a body, and the arrow or sign before it, where a stub is to follow at once."""
    if not signature.endswith("{"):
        return signature
    signature = signature.removesuffix("{").rstrip()
    return signature if stub.startswith(" ") else _sign.sub("", signature)


def _members(lines: Sequence[str], first: int, language: Language, *, sets: bool) -> Iterator[Member]:
    """List the lines of a body that are its own, and, where it `sets` any, the attributes that its methods set."""
    depth = -1
    attributes: set[str] = set()
    count = 0
    for place, line in _body_lines(lines, first):
        stripped = line.strip()
        indent = len(line) - len(line.lstrip())
        depth = indent if depth < 0 else depth
        text = ""
        if indent == depth and language.member.match(stripped):
            head = signature(heading(lines, place))
            text = _bounded(_bare(head, language.stub)) + (language.stub if head.endswith(_OPENERS) else "")
        elif sets and indent > depth and (set_ := _attribute.match(stripped)) and set_[1] not in attributes:
            attributes.add(set_[1])
            text = " " * depth + stripped
        name = name_of(text)
        if name and len(text) <= LINE_CHARACTERS and count < MOST_MEMBERS:
            count += 1
            yield Member(name, text, short(text), words(text))


def _body_lines(lines: Sequence[str], first: int) -> Iterator[tuple[int, str]]:
    """Give the lines of a body, as far as they are indented, without docstrings and blank lines."""
    quotes = ""
    for place in range(first, len(lines)):
        line = content(lines[place])
        stripped = line.strip()
        if quotes:
            quotes = "" if quotes in stripped else quotes
        elif stripped and not line[0].isspace():
            return
        elif match := _docstring.match(stripped):
            quotes = "" if match[1] in stripped[match.end() :] else match[1]
        elif stripped and len(line) <= LONGEST_LINE:
            yield place, line
