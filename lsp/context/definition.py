"""A name that a file defines, and how much of it is written where room is scarce.

Invariant: it never takes more characters than it is given, but for a head that is longer by itself in its short form.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable

NAMES_SHARE = 0.5
"""How much of a definition's room is kept for the names of members whose signatures do not fit."""
OTHERS = "    also: "


class Member(NamedTuple):
    """A line of a definition's body: what it names, all of it, its short form, and its words."""

    name: str
    text: str
    short: str
    words: frozenset[str]


class Definition(NamedTuple):
    """A name that a file defines: its head without a body, the same in short, and its members, where it has some.

    `stub` stands for the body, `closing` ends the members; `words` are those of all of it.
    """

    name: str
    head: str
    short: str
    members: tuple[Member, ...]
    stub: str
    closing: str
    words: frozenset[str]

    def text(self, characters: int, worth: Callable[[Member], float]) -> str:
        """Write it within a number of characters: all of it, or its members in short, or the best of these.

        Of members that there is no room for, the names are listed while there is room for these.
        """
        if not self.members:
            whole = self.head + self.stub
            return whole if len(whole) <= characters else self.short
        for lines in ([each.text for each in self.members], [each.short for each in self.members]):
            whole = "\n".join([self.head, *lines, *filter(None, (self.closing,))])
            if len(whole) <= characters:
                return whole
        return self._best(characters, worth)

    def _best(self, characters: int, worth: Callable[[Member], float]) -> str:
        """Write the best members in short within a part of the characters, and the names of others."""
        head = self.head if len(self.head) <= characters // 2 else self.short
        left = characters - len(head) - len(self.closing) - 2 - len(OTHERS)
        least = int(left * NAMES_SHARE)
        taken: dict[int, str] = {}
        names: list[str] = []
        said: set[str] = set()
        for place in sorted(range(len(self.members)), key=lambda place: -worth(self.members[place])):
            member = self.members[place]
            if member.name in said:
                continue
            if left - len(member.short) - 1 >= least and not names:
                left -= len(member.short) + 1
                taken[place] = member.short
                said.add(member.name)
            elif len(member.name) + 2 <= left:
                left -= len(member.name) + 2
                names.append(member.name)
                said.add(member.name)
        if not taken and not names:
            return head
        others = [f"{OTHERS}{', '.join(names)}"] if names else []
        return "\n".join([head, *(taken[place] for place in sorted(taken)), *others, *filter(None, (self.closing,))])
