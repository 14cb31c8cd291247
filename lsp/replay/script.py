"""What is going to be typed: a text to begin with and the keys that change it.

Invariant: applying the edits of all keys to `start` gives `end`. Keys are known beforehand, so accepting a suggestion
is nothing but leaving out the keys that would have typed it: the rest stays right as it is.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from lsp.buffer import Edit  # noqa: TC001 - msgspec reads the annotations at run time

if TYPE_CHECKING:
    from collections.abc import Sequence


class Keystroke(msgspec.Struct, frozen=True):
    """One key: what it changes, in order, and where it leaves the cursor."""

    edits: tuple[Edit, ...]
    cursor: int

    @property
    def characters(self) -> int:
        """Characters that this key inserts."""
        return sum(len(edit.inserted) for edit in self.edits)

    def typed_at(self, cursor: int) -> str:
        """Give what this key inserts at a cursor; empty where it does anything else."""
        return self.edits[0].inserted if len(self.edits) == 1 and self.edits[0].offset == cursor else ""


class Script(msgspec.Struct, frozen=True):
    """A whole session of typing in one document."""

    name: str
    start: str
    keys: tuple[Keystroke, ...]
    end: str


def keys_typing(keys: Sequence[Keystroke], first: int, cursor: int, text: str) -> int:
    """Count the keys from `first` on that together insert exactly `text` at `cursor`; 0 when they do anything else.

    Indentation that an editor adds after Enter and the person takes back is followed through to what remains.
    """
    typed = ""
    for index in range(first, len(keys)):
        for edit in keys[index].edits:
            begin = edit.offset - cursor
            end = begin + edit.deleted
            if begin < 0 or end > len(typed):
                return 0
            typed = typed[:begin] + edit.inserted + typed[end:]
        if typed == text and keys[index].cursor == cursor + len(text):
            return index - first + 1
        if not text.startswith(typed.rstrip(" \t")):
            return 0
    return 0
