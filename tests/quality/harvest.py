"""What a real model says at places of real files, as drafts of golden cases (`tests/lsp/golden`).

    PYTHONPATH=tests .venv/bin/python tests/quality/harvest.py OUT.jsonl FILE... [--model NAME] [--places N]

A file with cursor marks (`support/golden.py`) is asked about at each of them, another one at places drawn from it, the
same ones each time. The model sees an excerpt, which is all of the case's document: so a case can be read at a
glance, and asked for again. Each line of OUT is one answer before any rule has touched it. Nothing is written where the
model says nothing.
"""

from __future__ import annotations

import argparse
import asyncio
import random
import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
from support.golden import CURSOR, Draft

from lsp.headless import start_editor

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lsp.headless import Editor

SEED = 7
LINES_ABOVE = 14
LINES_BELOW = 6
UNHURRIED: dict[str, object] = {
    "deadlineMs": 60_000, "coldDeadlineMs": 60_000, "eagerness": "everything", "power": "eco", "debounceMs": 0,
}  # fmt: skip

_place = re.compile(r"(?<=[\w(\[{=,.])(?=.{4})|^\s+(?=\S)")


def documents(path: Path, places: int) -> Iterator[tuple[str, str]]:
    """Cut a file into excerpts, each with what stands before and after its cursor."""
    text = path.read_text("utf-8")
    if CURSOR in text:
        marks = [match.start() for match in re.finditer(CURSOR, text)]
        for mark in marks:
            yield text[:mark].replace(CURSOR, ""), text[mark + 1 :].replace(CURSOR, "")
        return
    yield from _drawn(text.split("\n"), places, random.Random(f"{SEED} {path.name}"))


def _drawn(lines: list[str], places: int, draw: random.Random) -> Iterator[tuple[str, str]]:
    """Draw cursors in code; the rest of the line is a hole, or lines, or nothing, as a coin falls."""
    numbers = [number for number, line in enumerate(lines[:-1]) if len(line.strip()) > 12 and number > 3]
    for number in sorted(draw.sample(numbers, min(places, len(numbers)))):
        line = lines[number]
        columns = [found.start() for found in _place.finditer(line)] or [len(line)]
        column = draw.choice(columns)
        hole = draw.choice((0, 0, 1, 3))
        rest = line[draw.choice((column, len(line), len(line))) :]
        above = lines[max(number - LINES_ABOVE, 0) : number]
        below = lines[number + 1 + hole :][:LINES_BELOW]
        yield "\n".join([*above, line[:column]]), "\n".join([rest, *below, ""])


async def ask(editor: Editor, model: str, path: Path, before: str, after: str) -> Draft | None:
    """Ask at one cursor as an editor does while somebody types."""
    document = editor.open(path, before + after)
    await document.ask(len(before)).answer
    told = await document.explain(len(before))
    document.close()
    if told is None or told.shape is None or not told.candidates or not told.candidates[0].said:
        return None
    first = told.candidates[0]
    return Draft(
        language=document.language,
        shape=told.shape,
        source=f"said by {model}",
        before=before,
        after=after,
        said=first.said,
        stop=first.stop,
        confidence=first.confidence,
    )


async def harvest(model: str, files: list[Path], places: int, out: Path) -> int:
    """Append an answer for each place; gives how many."""
    count = 0
    async with start_editor(["--model", model, "--offline"], UNHURRIED) as editor:
        await editor.ready(lambda _: None)
        with out.open("ab") as lines:
            for path in files:
                for before, after in documents(path, places):
                    draft = await ask(editor, model, path, before, after)
                    if draft is not None:
                        lines.write(msgspec.json.encode(draft) + b"\n")
                        lines.flush()
                        count += 1
    return count


def main() -> None:
    """Ask, and say how many answers there were."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0] if __doc__ else None)
    parser.add_argument("out", type=Path, metavar="OUT.jsonl")
    parser.add_argument("files", type=Path, nargs="+", metavar="FILE")
    parser.add_argument("--model", default="smollm2-135m")
    parser.add_argument("--places", type=int, default=4, help="places in a file without marks (default: %(default)s)")
    options = parser.parse_args()
    count = asyncio.run(
        harvest(options.model, [path.absolute() for path in options.files], options.places, options.out)
    )
    sys.stdout.write(f"{options.model}: {count} answers\n")


if __name__ == "__main__":
    main()
