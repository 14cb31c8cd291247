"""Whether two candidates give somebody a choice, or are one suggestion in two dresses.

Invariant: all of it is symmetric and pure. White space and the kind of quotes make no difference, and neither does
what one text says beyond the other; nor does another name for what the text itself gives a name to.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

_PART = re.compile(r"\w+|[^\w\s]")
_LINE_END = re.compile(r"[\r\n]")
_USES = 2
_NAMING = {"as", "for"}
"""Behind these words something is given a name that matters to nobody else, in most languages that have them."""


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
        return not self._is_renamed(_parts(self._line + one), _parts(self._line + other))

    def _is_renamed(self, ours: list[str], theirs: list[str]) -> bool:
        """Tell whether the texts differ in names alone, each always in the other's place, made up in one of them.

        Where both name what is there, as in `self.left = left` and `self.right = right`, one has to choose.
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
        """Tell whether a text gives this name itself: it is nowhere in sight, and used again or given as one.

        Used once, it may be known from elsewhere: `path.exists` is another matter than `path.is_file`.
        """
        if name in self._words:
            return False
        return parts.count(name) >= _USES or any(after == name and word in _NAMING for word, after in pairwise(parts))

    @cached_property
    def _line(self) -> str:
        """The cursor's line up to the cursor, where a text's first word may have begun."""
        return _LINE_END.split(self.prefix)[-1]

    @cached_property
    def _words(self) -> frozenset[str]:
        return frozenset(_parts(f"{self.prefix} {self.suffix}"))


def _visible(text: str) -> str:
    return "".join(text.split()).replace("'", '"')


def _parts(text: str) -> list[str]:
    """Cut a text into words and signs."""
    return _PART.findall(text)
