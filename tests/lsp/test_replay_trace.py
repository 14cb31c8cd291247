from __future__ import annotations

import gzip
import json
from typing import TYPE_CHECKING

import pytest

from lsp.errors import BadInput
from lsp.replay.trace import read_trace

if TYPE_CHECKING:
    from pathlib import Path

GOOD = {
    "startContent": "ab",
    "endContent": "a🎈c!",
    "txns": [
        {"time": "2020-09-10T04:23:15.000Z", "patches": [[1, 1, "🎈"]]},
        {"patches": []},
        {"patches": [[2, 0, "c"], [3, 0, "!"]]},
    ],
}


def write(folder: Path, name: str, content: bytes) -> Path:
    path = folder / name
    path.write_bytes(content)
    return path


@pytest.mark.parametrize("name", ["session.json", "session.json.gz"])
def test_a_trace_becomes_keys(tmp_path: Path, name: str) -> None:
    raw = json.dumps(GOOD).encode()
    script = read_trace(write(tmp_path, name, gzip.compress(raw) if name.endswith(".gz") else raw))
    assert (script.name, script.start, script.end) == ("session", "ab", "a🎈c!")
    assert [key.cursor for key in script.keys] == [2, 4]
    assert [key.characters for key in script.keys] == [1, 2]


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("a.json", b"{}", "not an editing trace"),
        ("a.json", b"[1, 2", "not an editing trace"),
        ("a.json", b"\xff\xfe", "not an editing trace"),
        ("a.json.gz", b"plain", "not a whole gzip file"),
        ("a.json.gz", gzip.compress(json.dumps(GOOD).encode())[:-9], "not a whole gzip file"),
        ("a.json", json.dumps({**GOOD, "endContent": "other"}).encode(), "do not lead to its recorded end"),
        ("a.json", json.dumps({**GOOD, "txns": [{"patches": [[3, 0, "x"]]}]}).encode(), "outside of its text"),
        ("a.json", json.dumps({**GOOD, "txns": [{"patches": [[1, 2, "x"]]}]}).encode(), "outside of its text"),
        ("a.json", json.dumps({**GOOD, "txns": [{"patches": [["1", 2, "x"]]}]}).encode(), "not an editing trace"),
    ],
)
def test_a_damaged_trace_is_refused_in_a_sentence(tmp_path: Path, name: str, content: bytes, says: str) -> None:
    with pytest.raises(BadInput, match=says):
        read_trace(write(tmp_path, name, content))
