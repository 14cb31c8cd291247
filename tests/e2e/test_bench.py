"""The latency bench, over the real server and engine on the null device."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import PurePath
from typing import TYPE_CHECKING

from support.repetitive import SOURCE

from lsp.bench.latency import Scene, measure
from lsp.bench.recorder import Recorder
from lsp.buffer import Edit
from lsp.headless import start_editor
from lsp.replay.player import Conduct
from lsp.replay.script import Keystroke, Script
from lsp.replay.typist import type_file

if TYPE_CHECKING:
    from pathlib import Path

NULL = ["--device", "null"]


async def test_every_request_is_of_one_kind_and_none_is_lost() -> None:
    script = type_file("total.py", SOURCE)
    async with start_editor(NULL) as editor:
        await editor.ready(lambda _: None)
        document = editor.open(PurePath("/project/total.py"), script.start)
        player = Recorder(script, document, Conduct(seconds=6, seed=3), editor)
        tally = await player.play()
    assert len(player.records) == tally.requests > 5
    outcomes = [record.outcome for record in player.records]
    assert (outcomes.count("shown"), outcomes.count("overtaken")) == (tally.shown, tally.cancelled)
    assert sum(record.kind == "typed_through" for record in player.records) >= tally.typed_through > 0
    assert player.records[0].kind in {"cold", "silent"}
    assert "warm" in {record.kind for record in player.records}
    assert all(record.reason for record in player.records if record.outcome == "empty")


async def test_after_a_jump_it_is_cold_again() -> None:
    places = (0, len(SOURCE), 0)
    keys = tuple(Keystroke((Edit(place, 0, "\n"),), place + 1) for place in places)
    script = Script(name="a.py", start=SOURCE, keys=keys, end="\n\n" + SOURCE + "\n")
    async with start_editor(NULL) as editor:
        await editor.ready(lambda _: None)
        document = editor.open(PurePath("/project/a.py"), SOURCE)
        player = Recorder(script, document, Conduct(pace="max"), editor)
        await player.play()
    assert [record.kind for record in player.records if record.kind != "silent"].count("cold") >= 2


async def test_a_run_sums_up_its_scenes() -> None:
    scenes = [Scene(PurePath(f"/project/{name}.py"), type_file(name, SOURCE)) for name in ("a", "b")]
    latency = await measure(NULL, scenes, Conduct(seconds=2), lambda _: None)
    assert [scene.name for scene in latency.scenes] == ["a", "b"]
    for kind, whole in latency.kinds.items():
        assert whole.n == sum(scene.kinds[kind].n for scene in latency.scenes)
    assert latency.memory_mb > 10
    assert latency.initialize_ms > 0


def test_the_command_prints_one_object_or_a_table(tmp_path: Path) -> None:
    source = tmp_path / "total.py"
    source.write_text(SOURCE)
    command = [sys.executable, "-m", "lsp", "bench", "latency", str(source), "--seconds", "2", *NULL]
    found = subprocess.run([*command, "--json"], capture_output=True, text=True, check=True)
    assert set(json.loads(found.stdout)["kinds"]) == {"typed_through", "warm", "cold", "silent"}
    picture = tmp_path / "latency.html"
    table = subprocess.run([*command, "--html", picture], capture_output=True, text=True, check=True).stdout
    assert "typed through" in table
    assert "typed through" in picture.read_text("utf-8")


def test_bad_input_gets_one_sentence(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "lsp", "bench", "latency"]
    for more in ([str(tmp_path / "absent.py")], ["--seconds", "0"], ["--seconds", "soon"]):
        found = subprocess.run([*command, *more], capture_output=True, text=True, check=False)
        assert found.returncode == 2
        assert "Traceback" not in found.stderr
