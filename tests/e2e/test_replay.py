from __future__ import annotations

import io
import json
import os
import signal
import subprocess
import sys
from pathlib import PurePath
from typing import TYPE_CHECKING

import psutil
import pytest
from rich.console import Console
from support.repetitive import SOURCE

from lsp.headless import start_editor
from lsp.replay.player import Conduct, Player, View
from lsp.replay.screen import watching
from lsp.replay.typist import type_file

if TYPE_CHECKING:
    from pathlib import Path

    from lsp.replay.player import Accepting, Pace

TANDEM = [sys.executable, "-m", "lsp"]


def replay(path: Path, *options: str) -> subprocess.CompletedProcess[str]:
    command = [*TANDEM, "replay", str(path), "--device", "null", *options]
    return subprocess.run(command, capture_output=True, text=True, check=False)


@pytest.fixture
def source(tmp_path: Path) -> Path:
    path = tmp_path / "total.py"
    path.write_text(SOURCE)
    return path


class Onlooker:
    """Keeps what is to be seen."""

    def __init__(self) -> None:
        self.views: list[View] = []

    def look(self, view: View) -> None:
        self.views.append(view)


@pytest.mark.parametrize("accept", ["line", "whole", "never"])
async def test_the_document_ends_as_the_file_whatever_is_accepted(accept: Accepting) -> None:
    script = type_file("total.py", SOURCE)
    onlooker = Onlooker()
    async with start_editor(["--device", "null"]) as editor:
        await editor.ready(lambda _: None)
        document = editor.open(PurePath("/project/total.py"), script.start)
        tally = await Player(script, document, Conduct(pace="max", accept=accept), onlooker).play()
    assert document.text == SOURCE
    assert tally.requests == len(tally.latencies_ms) == tally.keys
    assert tally.shown > 0
    assert (tally.accepts > 0) == (accept != "never")
    assert sum(len(view.taken) for view in onlooker.views) == tally.accepted_characters
    assert tally.unanswered == 0


@pytest.mark.parametrize("pace", ["real", "max"])
async def test_a_limit_ends_it_early(pace: Pace) -> None:
    script = type_file("total.py", SOURCE)
    async with start_editor(["--device", "null"]) as editor:
        await editor.ready(lambda _: None)
        document = editor.open(PurePath("/project/total.py"), script.start)
        with watching(Console(file=io.StringIO()), "total.py", "null") as watch:
            tally = await Player(script, document, Conduct(pace=pace, keys=10), watch).play()
    assert tally.keys == 10
    assert tally.requests == len(tally.latencies_ms) + tally.cancelled
    assert tally.unanswered == 0


def test_json_is_one_object_and_nothing_else(source: Path) -> None:
    ran = replay(source, "--json", "--pace", "max")
    assert ran.returncode == 0, ran.stderr
    assert ran.stdout.count("\n") == 1
    summary = json.loads(ran.stdout)
    assert summary["name"] == "total.py"
    assert summary["device"] == "null"
    assert summary["answered"] == summary["requests"] == summary["shown"] + summary["empty"]
    assert summary["accepted"] > 0
    assert 0 < summary["keystrokes_saved"] < 1
    assert 0 < summary["latency_ms"]["p50"] <= summary["latency_ms"]["p95"]
    assert "accepted" in ran.stderr


def test_plain_lines_and_a_table_where_there_is_no_terminal(source: Path) -> None:
    ran = replay(source, "--pace", "max")
    assert ran.returncode == 0, ran.stderr
    assert not ran.stderr
    assert "accepted '" in ran.stdout
    assert "keystrokes saved" in ran.stdout
    assert "\x1b" not in ran.stdout


def test_a_recorded_session_is_typed_as_it_was(tmp_path: Path) -> None:
    start = SOURCE + "\n\ndef fifth_total(values):\n"
    typed = "    return running_total\n"
    txns = [{"patches": [[len(start) + at, 0, key]]} for at, key in enumerate(typed)]
    trace = {"startContent": start, "endContent": start + typed, "txns": txns}
    path = tmp_path / "session.json"
    path.write_text(json.dumps(trace))
    ran = replay(path, "--json", "--pace", "max", "--as", "main.py")
    assert ran.returncode == 0, ran.stderr
    summary = json.loads(ran.stdout)
    assert summary["name"] == "main.py"
    assert summary["accepted"] > 0
    assert summary["characters"] == len(typed)
    assert summary["keys"] < len(typed)


@pytest.mark.skipif(sys.platform == "win32", reason="Ctrl-C is sent by another way there")
def test_an_interrupt_is_quiet_and_leaves_nothing_behind(source: Path) -> None:
    command = [*TANDEM, "replay", str(source), "--device", "null", "--pace", "real"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as running:
        assert running.stdout is not None
        assert running.stderr is not None
        running.stdout.readline()  # it is typing by now
        descendants = psutil.Process(running.pid).children(recursive=True)
        assert len(descendants) >= 2
        os.kill(running.pid, signal.SIGINT)
        assert running.wait(timeout=30) == 130
        assert running.stderr.read() == ""
    assert not psutil.wait_procs(descendants, timeout=10)[1]
