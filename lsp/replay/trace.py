"""A recorded session of editing, read from JSON: `{"startContent", "endContent", "txns": [{"patches": [...]}]}`.

A patch is `[position, deleted, inserted]` and counts code points; a txn is taken as one key. Further fields, times
among them, are left alone: a replay has its own pace.

Invariant: a trace that is given back leads from its start to its recorded end.
"""

from __future__ import annotations

import gzip
import zlib
from typing import TYPE_CHECKING, NamedTuple

import msgspec

from lsp.buffer import Edit
from lsp.errors import BadInput
from lsp.replay.script import Keystroke, Script

if TYPE_CHECKING:
    from pathlib import Path


class _Patch(NamedTuple):
    position: int
    deleted: int
    inserted: str


class _Txn(msgspec.Struct):
    patches: list[_Patch]


class _Trace(msgspec.Struct, rename="camel"):
    start_content: str
    end_content: str
    txns: list[_Txn]


def is_trace(path: Path) -> bool:
    """Whether this name is a trace's; a `.json` file may turn out to be something else."""
    return path.name.lower().endswith((".json", ".jsonl", ".json.gz", ".jsonl.gz"))


def read_trace(path: Path) -> Script:
    """Read a recorded session. Raises BadInput when it is damaged or not a trace, and OSError."""
    content = path.read_bytes()
    try:
        raw = gzip.decompress(content) if path.suffix == ".gz" else content
        trace = msgspec.json.decode(raw, type=_Trace)
    except (EOFError, gzip.BadGzipFile, zlib.error) as error:
        raise BadInput(f"{path} is not a whole gzip file ({error}); fetch it again.") from error
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise BadInput(f"{path} is not an editing trace: {error}.") from error
    return _to_script(path, trace)


def _to_script(path: Path, trace: _Trace) -> Script:
    text = trace.start_content
    keys: list[Keystroke] = []
    for number, txn in enumerate(trace.txns):
        edits = tuple(Edit(*patch) for patch in txn.patches)
        for edit in edits:
            if edit.offset < 0 or edit.deleted < 0 or edit.offset + edit.deleted > len(text):
                raise BadInput(f"{path} is damaged: txn {number} edits outside of its text.")
            text = edit.apply(text)
        if edits:
            keys.append(Keystroke(edits=edits, cursor=edits[-1].offset + len(edits[-1].inserted)))
    if text != trace.end_content:
        raise BadInput(f"{path} is damaged: its edits do not lead to its recorded end.")
    name = path.name.removesuffix(".gz").removesuffix(".json")
    return Script(name=name, start=trace.start_content, keys=tuple(keys), end=text)
