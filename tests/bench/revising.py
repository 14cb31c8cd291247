"""A person who also revises: typing errors that are taken back, and words above that are gone back to and written anew.

Invariant: every revision leaves the text as it found it, so that the script leads where it led; the same seed gives
the same revisions.
"""

from __future__ import annotations

import random
import re
from typing import TYPE_CHECKING

from lsp.buffer import Edit
from lsp.replay.script import Keystroke, Script

if TYPE_CHECKING:
    from collections.abc import Iterator

EVERY_KEYS = 40
"""A revision comes after so many keys, on average."""

LOOK_BACK_LINES = 40
_WORD = re.compile(r"[A-Za-z]{3,12}")
_LETTERS = "etaoinshrdlu"


def revised(script: Script, seed: int) -> Script:
    """Give the script with revisions in between."""
    chance = random.Random(seed)
    keys: list[Keystroke] = []
    text = script.start
    for key in script.keys:
        keys.append(key)
        for edit in key.edits:
            text = edit.apply(text)
        if not chance.randrange(EVERY_KEYS):
            keys += _revision(text, key.cursor, chance)
    return Script(name=f"{script.name}, revised", start=script.start, keys=tuple(keys), end=script.end)


def _revision(text: str, cursor: int, chance: random.Random) -> Iterator[Keystroke]:
    """Mistype here or, as often, write a word above anew: in the middle of its line."""
    recent = text[:cursor].splitlines(keepends=True)[-LOOK_BACK_LINES:]
    first = cursor - sum(map(len, recent))
    above = sum(map(len, recent[:-1]))
    words = [match.span() for match in _WORD.finditer("".join(recent), 0, above)]
    if words and chance.random() < 0.5:
        start, end = chance.choice(words)
        word = text[first + start : first + end]
        yield from _erase(first + end, len(word))
        yield from _write(first + start, word)
    else:
        mistake = "".join(chance.choices(_LETTERS, k=chance.randint(1, 4)))
        yield from _write(cursor, mistake)
        yield from _erase(cursor + len(mistake), len(mistake))


def _write(offset: int, word: str) -> Iterator[Keystroke]:
    for place, letter in enumerate(word, offset):
        yield Keystroke((Edit(place, 0, letter),), place + 1)


def _erase(end: int, characters: int) -> Iterator[Keystroke]:
    for place in range(end - 1, end - 1 - characters, -1):
        yield Keystroke((Edit(place, 1, ""),), place)
