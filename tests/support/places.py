"""Places in real code where a cursor could stand, always the same ones for the same versions of what is installed."""

from __future__ import annotations

import random
import re
import sysconfig
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

PREFIX_CHARACTERS = 1000
SUFFIX_CHARACTERS = 400
SEED = 7
PLACES = {"at the line's start": re.compile(r"(?=\S)"), "inside a word": re.compile(r"(?<=\b\w{2})(?=\w{2})")}


@dataclass(frozen=True)
class Case:
    """A place in a file, and what stands right of it on its line."""

    prefix: str
    suffix: str
    rest: str


def cases(place: re.Pattern[str], count: int) -> Iterator[Case]:
    """Draw lines with some code on them from files of some length."""
    folders = [Path(sysconfig.get_path(name)) for name in ("stdlib", "purelib")]
    files = sorted({*folders[0].glob("*.py"), *folders[1].glob("*/*.py")})
    draw = random.Random(SEED)
    while count:
        lines = draw.choice(files).read_text(encoding="utf-8", errors="replace").splitlines(keepends=True)
        if len(lines) < 60:
            continue
        number = draw.randrange(20, len(lines) - 10)
        line = lines[number].rstrip("\n")
        columns = [match.start() for match in place.finditer(line)]
        if not 12 <= len(line.strip()) <= 100 or line.strip()[0] in "#\"'" or not columns:
            continue
        column = columns[0] if place is PLACES["at the line's start"] else draw.choice(columns)
        prefix, suffix = "".join(lines[:number]) + line[:column], "\n" + "".join(lines[number + 1 :])
        yield Case(prefix[-PREFIX_CHARACTERS:], suffix[:SUFFIX_CHARACTERS], line[column:])
        count -= 1
