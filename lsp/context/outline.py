"""What a file defines: names with their signatures, as one reads them in a stub or a header.

Invariant: a line is listed as it stands in the file, but for the white space between its parts; bodies are left out.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from lsp.context.statements import LONGEST_LINE, whole
from lsp.context.words import words
from lsp.text import content

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from lsp.context.languages.language import Language

MOST_DEFINITIONS = 200
MOST_MEMBERS = 60
LINE_CHARACTERS = 200
"""A signature or a field longer than that is left out."""

_OPENERS = ("{", ":")
_NAMES = ("name", "function", "type", "constant")
_gap = re.compile(r"\s*\n\s*")
_sign = re.compile(r"\s*=>?$")
_docstring = re.compile(r"[rRuUbB]{0,2}(\"\"\"|''')")
_attribute = re.compile(r"(self\.[A-Za-z]\w*)\s*(?::[^=]+)?=(?!=)")


class Definition(NamedTuple):
    """A name that a file defines: its head without a body, and the lines of its members, where it has some.

    `stub` stands for the body, `closing` ends the members; `words` are those of all of it.
    """

    name: str
    head: str
    members: tuple[str, ...]
    stub: str
    closing: str
    words: frozenset[str]

    def text(self, characters: int, wanted: frozenset[str]) -> str:
        """Write it within a number of characters: of the members first those that have most of the wanted words."""
        head = self.head + self.stub if not self.members else self.head
        left = characters - len(self.head) - len(self.closing) - 1
        best = sorted(range(len(self.members)), key=lambda place: -len(words(self.members[place]) & wanted))
        taken: set[int] = set()
        for place in best:
            if len(self.members[place]) < left:
                left -= len(self.members[place]) + 1
                taken.add(place)
        if not taken:
            return head
        return "\n".join([head, *(self.members[place] for place in sorted(taken)), *filter(None, (self.closing,))])


def outline(lines: Sequence[str], language: Language) -> tuple[Definition, ...]:
    """List what stands at the left margin, in the file's order."""
    found: list[Definition] = []
    for number, line in enumerate(lines):
        match = language.definition.match(line) if len(line) <= LONGEST_LINE else None
        if match is None or len(found) == MOST_DEFINITIONS:
            continue
        groups = match.groupdict()
        head = _signature(lines, number)
        if not head:
            continue
        kind = groups.get("kind") or ("impl" if groups.get("impl") else "")
        members = tuple(_members(lines, number, language)) if kind in language.containers else ()
        found.append(
            Definition(
                name=next(groups[name] for name in _NAMES if groups.get(name)),
                head=head if members else _bare(head, language.stub),
                members=members,
                stub=language.stub if head.endswith(_OPENERS) else "",
                closing=language.closing if head.endswith("{") else "",
                words=words("\n".join([head, *members])),
            )
        )
    return tuple(found)


def _signature(lines: Sequence[str], number: int) -> str:
    """Put a signature on one line, up to where its body opens. Empty where it is too long."""
    parts = whole(lines, number, "([)]")
    if max(map(len, parts)) > LONGEST_LINE:
        return ""
    text = _gap.sub(" ", "\n".join(parts)).rstrip()
    text = text.replace("( ", "(").replace("[ ", "[").replace(", )", ")").replace(", ]", "]")
    return text if len(text) <= LINE_CHARACTERS else ""


def _bare(signature: str, stub: str) -> str:
    """Leave the brace out that opens a body, and the arrow or sign before it, where a stub is to follow at once."""
    if not signature.endswith("{"):
        return signature
    signature = signature.removesuffix("{").rstrip()
    return signature if stub.startswith(" ") else _sign.sub("", signature)


def _members(lines: Sequence[str], number: int, language: Language) -> Iterator[str]:
    """List the lines of a body that are its own, and the attributes that its methods set."""
    depth = -1
    attributes: set[str] = set()
    count = 0
    for place, line in _body_lines(lines, number):
        stripped = line.strip()
        indent = len(line) - len(line.lstrip())
        depth = indent if depth < 0 else depth
        member = ""
        if indent == depth and language.member.match(stripped):
            signature = _signature(lines, place)
            member = _bare(signature, language.stub) + (language.stub if signature.endswith(_OPENERS) else "")
        elif indent > depth and (set_ := _attribute.match(stripped)) and set_[1] not in attributes:
            attributes.add(set_[1])
            member = " " * depth + stripped
        if member and len(member) <= LINE_CHARACTERS and count < MOST_MEMBERS:
            count += 1
            yield member


def _body_lines(lines: Sequence[str], number: int) -> Iterator[tuple[int, str]]:
    """Give the lines below a head, as far as they are indented, without docstrings and blank lines."""
    place = number + len(whole(lines, number)) if _continues(lines[number]) else number + 1
    quotes = ""
    while place < len(lines):
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
        place += 1


def _continues(head: str) -> bool:
    """Whether a head goes on in the next line; a brace that opens its body does not count."""
    return head.count("(") > head.count(")")
