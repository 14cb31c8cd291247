"""Whether two candidates give somebody a choice, or are one suggestion in two dresses.

Invariant: all of it is symmetric and pure. White space and the kind of quotes make no difference, and neither does
what one text says beyond the other; nor does another name for what the text itself gives a name to.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property

_PART = re.compile(r"\w+|[^\w\s]")
_WORD = re.compile(r"\w+")
_OPEN_WORD = re.compile(r"\w*\Z")
_USES = 2  # a name that is made up is given once and used once, at least


@dataclass(frozen=True)
class Sight:
    """What stands around a cursor; candidates for it can be compared."""

    prefix: str
    suffix: str

    def differ(self, one: str, other: str) -> bool:
        """Tell whether somebody who was offered one text would gain anything by the other; with nothing, never."""
        ours, theirs = _visible(one), _visible(other)
        if not ours or not theirs or ours.startswith(theirs) or theirs.startswith(ours):
            return False
        return not self._is_renamed(self._parts(one), self._parts(other))

    def _is_renamed(self, ours: list[str], theirs: list[str]) -> bool:
        """Tell whether the texts differ in names alone, each always in the other's place, made up in one of them.

        Where both name what is there, as in `self.left = left` and `self.right = right`, one has to choose. A name used
        once, which is nowhere in sight, may well be known from elsewhere: `path.exists` is no other `path.is_file`.
        """
        pairs = set(zip(ours, theirs, strict=False))
        if len(ours) != len(theirs) or not len(pairs) == len(set(ours)) == len(set(theirs)):
            return False
        renamed = [(one, other) for one, other in pairs if one != other]
        if not all(one.isidentifier() and other.isidentifier() for one, other in renamed):
            return False
        return any(
            all(self._is_made_up(pair[side], parts) for pair in renamed) for side, parts in enumerate((ours, theirs))
        )

    def _is_made_up(self, name: str, parts: list[str]) -> bool:
        return name not in self._words and parts.count(name) >= _USES

    def _parts(self, text: str) -> list[str]:
        """Cut a text into words and signs; its first word may have begun before the cursor."""
        begun = _OPEN_WORD.search(self.prefix)
        return _PART.findall((begun.group() if begun else "") + text)

    @cached_property
    def _words(self) -> frozenset[str]:
        return frozenset(_WORD.findall(f"{self.prefix} {self.suffix}"))


def _visible(text: str) -> str:
    return "".join(text.split()).replace("'", '"')
