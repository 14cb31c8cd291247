"""A device with a clock of its own, from the engine to the editor; and the replay that runs by that clock."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path, PurePath

import msgspec
import pytest
from support import faulty_server, tiny
from support.repetitive import SOURCE
from support.site import Site
from support.ticking import TickingClock

from engine.config import EngineConfig
from engine.models.catalog import LocalFile
from engine.models.prepare import prepare_entry
from lsp.bench.recorder import Nobody
from lsp.headless import start_editor
from lsp.replay.clock import UNHURRIED, SimulatedClock
from lsp.replay.player import Conduct, Player
from lsp.replay.typist import type_file

TANDEM = [sys.executable, "-m", "lsp"]
SIMULATING = [sys.executable, str(Path(faulty_server.__file__)), "simulates"]
TYPED = "\n\ndef fifth_total(values):\n    retu"


async def test_the_status_has_the_device_s_own_times_beside_those_of_the_wall() -> None:
    async with start_editor(["--device", "null"], UNHURRIED, SIMULATING) as editor:
        status = await editor.ready(lambda _: None)
        assert status.simulated is not None
        assert status.simulated.step_ms == pytest.approx(TickingClock().seconds(6, 1, 1).milliseconds)
        assert status.simulated.p50_ms == 0
        document = editor.open(PurePath("/project/total.py"), SOURCE + TYPED)
        answer = await document.ask(len(document.text)).answer
        assert answer.text == "rn running_total"
        assert answer.provenance is not None
        times, report = answer.provenance.timings, await editor.status()
        assert times.simulated_ms is not None
        assert times.simulated_ms > status.simulated.step_ms
        assert times.device_ms <= times.prefill_ms + times.decode_ms <= times.total_ms
        assert report.simulated is not None
        assert report.simulated.p50_ms == pytest.approx(times.simulated_ms)
        assert report.last is not None
        assert report.last.simulated_ms == pytest.approx(times.simulated_ms)


async def test_a_replay_on_the_simulated_clock_takes_the_gaps_and_never_less_than_the_device() -> None:
    script = type_file("total.py", SOURCE)
    async with start_editor(["--device", "null"], UNHURRIED, SIMULATING) as editor:
        await editor.ready(lambda _: None)
        document = editor.open(PurePath("/project/total.py"), script.start)
        clock = SimulatedClock(editor.status)
        tally = await Player(script, document, Conduct(pace="simulated"), Nobody(), clock).play()
    assert document.text == SOURCE
    assert tally.requests == len(tally.latencies_ms) + tally.cancelled
    assert tally.shown > 0
    assert tally.unanswered == 0
    assert len(tally.simulated_ms) > 0
    assert max(tally.latencies_ms) >= max(tally.simulated_ms) > TickingClock().step_s * 1000
    assert clock.now_s > 0.1 * tally.keys


def test_at_simulated_pace_the_device_has_to_be_a_simulated_one(tmp_path: Path) -> None:
    path = tmp_path / "total.py"
    path.write_text(SOURCE)
    command = [*TANDEM, "replay", str(path), "--device", "null", "--pace", "simulated"]
    ran = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (ran.returncode, ran.stdout) == (2, "")
    assert ran.stderr == "tandem: null has no simulated clock: take --device wafer, or another --pace.\n"


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Path:
    shelf = tmp_path_factory.mktemp("shelf")
    tiny.write_gguf(shelf / tiny.FILE)
    published = tiny.publish(Site(), (shelf / tiny.FILE).read_bytes())
    entry = msgspec.structs.replace(published, sources=(LocalFile(tiny.FILE),))
    return prepare_entry(entry, EngineConfig(cache_dir=str(shelf)), lambda _: None).root


def test_the_wafer_suggests_what_the_processor_does_and_tells_its_own_time(bundle: Path, tmp_path: Path) -> None:
    path = tmp_path / "total.py"
    path.write_text(SOURCE)
    said = {}
    for device in ("cpu", "wafer", "wafer:wse2"):
        command = [*TANDEM, "complete", str(path), "--at", "2:9", "--json", "--model", str(bundle), "--device", device]
        ran = subprocess.run(command, capture_output=True, text=True, check=True)
        said[device] = json.loads(ran.stdout)
        assert said[device]["device"] == device
    texts = {(each["text"], each["confidence"], each["stop"]) for each in said.values()}
    assert len(texts) == 1
    assert said["cpu"]["text"] != ""
    simulated_ms = [said[device]["timings"]["simulated_ms"] for device in ("cpu", "wafer", "wafer:wse2")]
    assert simulated_ms[0] is None
    assert 0 < simulated_ms[1] != simulated_ms[2] > 0


def test_a_replay_at_simulated_pace_sums_up_what_is_simulated_apart(bundle: Path, tmp_path: Path) -> None:
    path = tmp_path / "total.py"
    path.write_text(SOURCE)
    command = [*TANDEM, "replay", str(path), "--json", "--keys", "8", "--pace", "simulated"]
    ran = subprocess.run(
        [*command, "--model", str(bundle), "--device", "wafer"], capture_output=True, text=True, check=True
    )
    summary = json.loads(ran.stdout)
    assert (summary["device"], summary["pace"], summary["keys"]) == ("wafer", "simulated", 8)
    assert summary["latency_ms"] == {"p50": None, "p95": None}
    assert summary["simulated"]["seconds"] > 0
    assert summary["requests"] == summary["answered"] + summary["cancelled"]
