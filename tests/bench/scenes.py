"""What is typed in the latency bench: stretches of recorded sessions, and text typed into files of several lengths.

The TypeScript was published after the models were made, though parts of it may be older, and it is revised while it is
typed: jumps, deletions, edits in the middle of lines.

Invariant: always the same keys, for the same versions of what is installed.
"""

from __future__ import annotations

import argparse
import heapq
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

import pygls.uris
from bench.revising import revised

from lsp.bench.latency import Scene
from lsp.buffer import Edit
from lsp.replay.script import Keystroke, Script
from lsp.replay.trace import read_trace
from lsp.replay.typist import type_file

if TYPE_CHECKING:
    from types import ModuleType

TRACES = Path(__file__).with_name("traces")
ZOD = TRACES / "zod"
PYTHON_LENGTHS = (200, 2_000, 10_000)
TYPESCRIPT_LENGTHS = (200, 2_000)
TYPESCRIPT_FIRST = 300  # before it, signatures are typed that stand above in almost the same words
TYPESCRIPT_SEED = 7


def scenes() -> list[Scene]:
    """Give all scenes: Rust and Svelte as recorded, Python at three lengths, TypeScript at two."""
    return [
        Scene(Path("/bench/main.rs"), _recorded("rustcode", 9_245)),
        Scene(Path("/bench/App.svelte"), _recorded("sveltecomponent", 4_583)),
        *(Scene(Path(f"/bench/uris_{lines}.py"), _python(lines)) for lines in PYTHON_LENGTHS),
        *(Scene(Path(f"/bench/errors_{lines}.ts"), _typescript(lines)) for lines in TYPESCRIPT_LENGTHS),
    ]


def _recorded(name: str, first: int) -> Script:
    """Take a recorded session from one of its keys on."""
    return _from(read_trace(TRACES / f"{name}.json.gz"), first)


def _from(whole: Script, first: int) -> Script:
    """Begin a script at one of its keys, where what was typed before stands already."""
    text = whole.start
    for key in whole.keys[:first]:
        for edit in key.edits:
            text = edit.apply(text)
    return Script(name=whole.name, start=text, keys=whole.keys[first:], end=whole.end)


def _python(lines: int) -> Script:
    filling = "".join(map(_source, (argparse, subprocess, heapq)))
    return _inside(pygls.uris.__name__, _source(pygls.uris), filling, lines)


def _typescript(lines: int) -> Script:
    """Type the functions at the end of a file on errors, into the types before them and other files of the package."""
    errors, util, parse = (ZOD.joinpath(f"{name}.ts").read_text("utf-8") for name in ("errors", "util", "parse"))
    types, mark, functions = errors.partition("// flatten\n")
    whole = _inside("errors.ts", mark + functions, types + util + parse, lines)
    return revised(_from(whole, TYPESCRIPT_FIRST), TYPESCRIPT_SEED)


def _inside(name: str, text: str, around: str, lines: int) -> Script:
    """Type a text into the middle of a file that has this many lines when it is done, repeating what is around it."""
    script = type_file(name, text)
    room = max(lines - script.end.count("\n"), 0)
    filling = around.splitlines(keepends=True)
    filling *= -(-lines // len(filling))
    above, below = "".join(filling[: room // 2]), "".join(filling[room // 2 : room])
    return Script(
        name=f"{script.name}, {lines} lines",
        start=above + script.start + below,
        keys=tuple(_moved(key, len(above)) for key in script.keys),
        end=above + script.end + below,
    )


def _moved(key: Keystroke, by: int) -> Keystroke:
    edits = tuple(Edit(edit.offset + by, edit.deleted, edit.inserted) for edit in key.edits)
    return Keystroke(edits=edits, cursor=key.cursor + by)


def _source(module: ModuleType) -> str:
    return Path(str(module.__file__)).read_text(encoding="utf-8")
