"""What is typed in the latency bench: stretches of recorded sessions, and a module typed into files of several lengths.

Invariant: always the same keys, for the same versions of what is installed.
"""

from __future__ import annotations

import argparse
import heapq
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

import pygls.uris

from lsp.bench.latency import Scene
from lsp.buffer import Edit
from lsp.replay.script import Keystroke, Script
from lsp.replay.trace import read_trace
from lsp.replay.typist import type_file

if TYPE_CHECKING:
    from types import ModuleType

TRACES = Path(__file__).with_name("traces")
LENGTHS = (200, 2_000, 10_000)


def scenes() -> list[Scene]:
    """Give all scenes: Rust and Svelte as recorded, Python at three lengths."""
    return [
        Scene(Path("/bench/main.rs"), _stretch("rustcode", 9_245)),
        Scene(Path("/bench/App.svelte"), _stretch("sveltecomponent", 4_583)),
        *(Scene(Path(f"/bench/uris_{lines}.py"), _inside(pygls.uris, lines)) for lines in LENGTHS),
    ]


def _stretch(name: str, first: int) -> Script:
    """Take a recorded session from one of its keys on."""
    whole = read_trace(TRACES / f"{name}.json.gz")
    text = whole.start
    for key in whole.keys[:first]:
        for edit in key.edits:
            text = edit.apply(text)
    return Script(name=name, start=text, keys=whole.keys[first:], end=whole.end)


def _inside(module: ModuleType, lines: int) -> Script:
    """Type a module into the middle of a file that has this many lines when it is done."""
    script = type_file(module.__name__, _source(module))
    room = max(lines - script.end.count("\n"), 0)
    filling = "".join(map(_source, (argparse, subprocess, heapq))).splitlines(keepends=True)
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
