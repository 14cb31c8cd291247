"""What was offered while held-out files were typed, and what became of it: what probabilities are fitted to.

Invariant: a `Stretch` is the same whatever is shown, since nothing was: at each key the engine was asked, and what it
said is beside what was typed next. So one run tells what every point of the knob would have done.

A file of stretches has one in each line, as JSON; one that is there already is not typed again.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import msgspec

from engine.messages import Stop  # noqa: TC001 - msgspec reads the annotations at run time

if TYPE_CHECKING:
    from pathlib import Path


class Offer(msgspec.Struct, frozen=True, array_like=True):
    """What the model said after so many keys, as it is in `engine.messages.Completed`."""

    keys: int
    said: str
    log_probabilities: tuple[float, ...]
    token_ends: tuple[int, ...]
    stop: Stop

    @property
    def confidence(self) -> float:
        """The geometric mean of the probabilities of its tokens, 0 to 1; as sure as can be where none was told."""
        return math.exp(sum(self.log_probabilities) / max(len(self.log_probabilities), 1))


class Stretch(msgspec.Struct, frozen=True, kw_only=True):
    """The first keys of a file, the characters that each brought, and the offers.

    `digest` tells what was typed from every other text. `visited` is how many other files of its package stood open; 0
    where there was no workspace, and so no context.
    """

    model: str
    package: str
    path: str
    digest: str
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
