"""What an editor and its servers said to each other, as `recorder.py` writes it down.

Invariant: what is told stands in the record. A question is known with the text that stood before the cursor when it
was asked, so that nobody has to guess which key an answer belongs to.
"""

from __future__ import annotations

import json
import shlex
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import psutil

from lsp.document import Document, Position

INLINE_COMPLETION = "textDocument/inlineCompletion"
ROOT = Path(__file__).parents[2]


@dataclass(slots=True)
class Question:
    """A request for a suggestion, and the texts that answered it; None until then."""

    before: str
    explicit: bool
    selected: str | None
    answer: list[str] | None = None
    source: str = ""
    """Where the first text came from."""


@dataclass(slots=True)
class Life:
    """What is known of one server's life."""

    pid: int
    read_bytes: int = 0
    state: str = ""
    engine: tuple[str, str] = ("", "")
    """What it completes with: model and device."""
    documents: dict[str, Document] = field(default_factory=dict)
    """Those that are open, by their addresses."""
    questions: dict[str, list[Question]] = field(default_factory=dict)
    pending: dict[object, Question] = field(default_factory=dict)
    grown: str = ""
    """What a suggestion has become on the screen, whole."""
    settings: dict[str, Any] = field(default_factory=dict)
    """As the editor gave them last."""
    asked_for_settings: set[object] = field(default_factory=set)

    def runs(self) -> bool:
        """Whether the process is still there."""
        return psutil.pid_exists(self.pid)


class Recording:
    """Reads on in the files of a folder whenever it is asked."""

    def __init__(self, folder: Path, fault: str = "") -> None:
        self.folder = folder
        self.python = _python(folder, fault)
        """A program that is Python to whoever starts it, and keeps the record; its servers have this fault."""
        self._lives: dict[Path, Life] = {}

    def lives(self) -> list[Life]:
        """Tell every server's life, in the order in which they began."""
        for path in sorted(self.folder.glob("*.jsonl")):
            self._read_on(path)
        return list(self._lives.values())

    def latest(self) -> Life | None:
        """Tell the life of the server that was started last."""
        return next(reversed(self.lives()), None)

    def questions(self, name: str) -> list[Question]:
        """Tell what was asked in documents of this name, all servers' lives together."""
        return [question for life in self.lives() for question in life.questions.get(name, [])]

    def _read_on(self, path: Path) -> None:
        life = self._lives.setdefault(path, Life(int(path.stem.rpartition("-")[2])))
        with path.open("rb") as record:
            record.seek(life.read_bytes)
            for line in record:
                if not line.endswith(b"\n"):
                    break
                life.read_bytes += len(line)
                entry = json.loads(line)
                (_hear_editor if entry["by"] == "editor" else _hear_server)(life, entry["body"])


def _hear_editor(life: Life, body: dict[str, Any]) -> None:
    params: dict[str, Any] = body.get("params") or {}
    match body.get("method"):
        case "textDocument/didOpen":
            told = params["textDocument"]
            uri = told["uri"]
            life.documents[uri] = Document(uri, told["languageId"], told["version"], told["text"], "utf-16")
        case "textDocument/didClose":
            del life.documents[params["textDocument"]["uri"]]
        case "textDocument/didChange":
            _change(life.documents[params["textDocument"]["uri"]], params)
        case "textDocument/inlineCompletion":
            question = _question(life.documents[params["textDocument"]["uri"]], params)
            life.questions.setdefault(_name(params["textDocument"]["uri"]), []).append(question)
            life.pending[body["id"]] = question
        case None if body["id"] in life.asked_for_settings:
            [life.settings] = body["result"]


def _hear_server(life: Life, body: dict[str, Any]) -> None:
    if body.get("method") == "tandem/status":
        life.state = body["params"]["state"]
        life.engine = body["params"]["model"], body["params"]["device"]
    elif body.get("method") == "tandem/grown":
        life.grown = body["params"]["items"][0]["insertText"]
    elif body.get("method") == "workspace/configuration":
        life.asked_for_settings.add(body["id"])
    elif "method" not in body and (question := life.pending.pop(body["id"], None)):
        items = (body.get("result") or {"items": []})["items"]
        question.answer = [item["insertText"] for item in items]
        question.source = items[0]["command"]["arguments"][0]["source"] if items else ""


def _change(document: Document, params: dict[str, Any]) -> None:
    for change in params["contentChanges"]:
        if "range" in change:
            document.replace(_position(change["range"]["start"]), _position(change["range"]["end"]), change["text"])
        else:
            document.replace_all(change["text"])


def _question(document: Document, params: dict[str, Any]) -> Question:
    line, character = document.place(_position(params["position"]))
    selected = params["context"].get("selectedCompletionInfo")
    return Question(
        before=document.lines[line][:character],
        explicit=params["context"]["triggerKind"] == 1,
        selected=selected and selected["text"],
    )


def _position(at: dict[str, int]) -> Position:
    return Position(at["line"], at["character"])


def _name(uri: str) -> str:
    return unquote(uri).rsplit("/", 1)[-1]


def _python(folder: Path, fault: str) -> Path:
    """Write a program that is a Python with this checkout's Tandem."""
    program = folder / "python"
    words = (sys.executable, "-P", str(Path(__file__).with_name("recorder.py")), str(folder), fault)
    program.write_text(f'#!/bin/sh\nPYTHONPATH={shlex.quote(str(ROOT))} exec {shlex.join(words)} "$@"\n')
    program.chmod(0o755)
    return program
