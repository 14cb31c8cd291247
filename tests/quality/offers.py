"""What was offered while held-out files were typed, and what became of it: what probabilities are fitted to.

Invariant: a `Stretch` is the same whatever is shown, since nothing was: at each key the engine was asked, and what it
said is beside what was typed next. So one run tells what every point of the knob would have done.

A file of stretches has one in each line, as JSON; one that is there already is not typed again.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

import msgspec

from engine.messages import Stop  # noqa: TC001 - msgspec reads the annotations at run time
from lsp.acceptance.features import Features  # noqa: TC001 - as above
from lsp.replay.player import WORTH_KEYS
from lsp.replay.script import keys_typing

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from lsp.replay.script import Keystroke


class Walk(NamedTuple):
    """What is done with a text on screen: pairs of keys and accepted characters; whether nothing of it is left then."""

    steps: tuple[tuple[int, int], ...]
    exhausted: bool


class Offer(msgspec.Struct, frozen=True, kw_only=True):
    """What there was to show after so many keys.

    `right`: its first line or all of it is what was typed next. `walk` is what somebody does who has it on screen.
    `said`, `log_probabilities` and `stop` are the model's, `left` is what the rules left of that.
    """

    keys: int
    right: bool
    walk: Walk
    kind: str
    said: str
    left: str
    log_probabilities: tuple[float, ...]
    stop: Stop
    features: Features

    @property
    def confidence(self) -> float:
        """The geometric mean of the probabilities of its tokens, 0 to 1; as sure as can be where none was told."""
        return math.exp(sum(self.log_probabilities) / max(len(self.log_probabilities), 1))


class Stretch(msgspec.Struct, frozen=True, kw_only=True):
    """The first keys of a file, the characters that each brought, and the offers.

    `visited` is how many other files of its package stood open; 0 where there was no workspace, and so no context.
    """

    model: str
    package: str
    path: str
    language: str
    characters: tuple[int, ...]
    offers: tuple[Offer, ...]
    visited: int = 0

    @property
    def file(self) -> tuple[str, str]:
        """Which file it is of."""
        return self.package, self.path


def read(path: Path) -> list[Stretch]:
    """Read what was collected, of a file what came last; nothing where there is no such file.

    Without a last line that was cut short. Raises ValueError for what was not collected by this.
    """
    if not path.exists():
        return []
    found: dict[tuple[str, str], Stretch] = {}
    for number, line in enumerate(path.read_bytes().split(b"\n")[:-1], start=1):
        try:
            stretch = msgspec.json.decode(line, type=Stretch)
        except msgspec.DecodeError as error:
            raise ValueError(f"{path} holds no offers in line {number}; name another folder, or delete it.") from error
        found[stretch.file] = stretch
    return list(found.values())


def append(path: Path, stretch: Stretch) -> None:
    """Add a stretch, on a line of its own."""
    path.parent.mkdir(parents=True, exist_ok=True)
    whole = b"".join(line + b"\n" for line in path.read_bytes().split(b"\n")[:-1]) if path.exists() else b""
    with path.open("r+b" if path.exists() else "wb") as file:
        file.truncate(len(whole))  # of a line that was cut short
        file.seek(len(whole))
        file.write(msgspec.json.encode(stretch) + b"\n")


def write(path: Path, stretches: Sequence[Stretch]) -> None:
    """Put stretches in the place of what a file holds, all at once."""
    aside = path.with_suffix(".part")
    aside.write_bytes(b"".join(msgspec.json.encode(stretch) + b"\n" for stretch in stretches))
    aside.replace(path)


def is_right(text: str, keys: Sequence[Keystroke], first: int, cursor: int) -> bool:
    """Whether all of a text, or its first line, is what is typed next."""
    return any(keys_typing(keys, first, cursor, each) for each in (text, text.split("\n", maxsplit=1)[0]))


def walk(text: str, keys: Sequence[Keystroke], first: int, cursor: int) -> Walk:
    """Follow a text on screen until it has to go, doing as `lsp/replay/player.py` does."""
    steps: list[tuple[int, int]] = []
    while text and first < len(keys):
        count, done = 1, _typed(keys[first], cursor)
        accepted = ""
        for taken in (text, text.split("\n", maxsplit=1)[0]):
            covered = keys_typing(keys, first, cursor, taken)
            if covered >= WORTH_KEYS:
                count, done, accepted = covered, taken, taken
                break
        if not done or not text.startswith(done):
            break
        steps.append((count, len(accepted)))
        first, cursor, text = first + count, cursor + len(done), text.removeprefix(done)
    return Walk(tuple(steps), exhausted=not text)


def _typed(key: Keystroke, cursor: int) -> str:
    """Give what a key inserts at the cursor; empty where it does anything else."""
    return key.edits[0].inserted if len(key.edits) == 1 and key.edits[0].offset == cursor else ""
