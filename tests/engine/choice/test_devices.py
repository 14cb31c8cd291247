"""`tandem devices` in a cache folder where the catalogue's models are tiny."""

from __future__ import annotations

import json
import shutil
from typing import TYPE_CHECKING, Any

import msgspec
import pytest
from support import tiny
from support.site import Site

from engine.choice import survey
from engine.choice.cost import measure
from engine.choice.notebook import FILE
from engine.cli import main
from engine.config import EngineConfig
from engine.models.catalog import LocalFile
from engine.models.prepare import prepare_entry

if TYPE_CHECKING:
    from pathlib import Path

    from engine.choice.cost import Measured
    from engine.models.catalog import Entry
    from hardware.device import DeviceSpec, Model


def entry(name: str, shelf: Path) -> Entry:
    (shelf / name).with_suffix(".gguf").write_bytes((shelf / tiny.FILE).read_bytes())
    published = tiny.publish(Site(), (shelf / tiny.FILE).read_bytes())
    return msgspec.structs.replace(published, name=name, file=f"{name}.gguf", sources=(LocalFile(f"{name}.gguf"),))


@pytest.fixture
def shelf(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A cache folder with one of two models."""
    tiny.write_gguf(tmp_path / tiny.FILE)
    large, small = entry("large", tmp_path), entry("small", tmp_path)
    prepare_entry(large, EngineConfig(cache_dir=str(tmp_path)), lambda _: None)
    monkeypatch.setattr(survey, "CATALOGUE", (large, small))
    return tmp_path


def devices(shelf: Path, capsys: pytest.CaptureFixture[str], *options: str) -> tuple[dict[str, Any], str]:
    """Give the answer, and what was said of the progress."""
    assert main(["devices", "--json", "--cache-dir", str(shelf), *options]) == 0
    said = capsys.readouterr()
    return json.loads(said.out), said.err


def test_what_is_here_is_measured_once(shelf: Path, capsys: pytest.CaptureFixture[str]) -> None:
    answer, said = devices(shelf, capsys)
    assert "measuring large on cpu" in said
    pairs = {(pair["model"], pair["device"]): pair for pair in answer["pairs"]}
    large, small = pairs["large", "cpu"], pairs["small", "cpu"]
    assert 0 < large["step_ms"] < large["request_ms"]
    assert large["read_tokens_per_s"] > 0
    assert (small["step_ms"], small["reason"]) == (None, "small is absent: run `tandem models pull small`.")
    assert (answer["auto"]["model"], answer["auto"]["device"]) == ("large", "cpu")
    assert answer["read_bytes_per_s"] > 0
    again, said = devices(shelf, capsys)
    assert said == ""
    assert again["pairs"] == answer["pairs"]


def test_known_measures_nothing_and_fresh_everything(shelf: Path, capsys: pytest.CaptureFixture[str]) -> None:
    answer, said = devices(shelf, capsys, "--known")
    assert said == ""
    assert not (shelf / FILE).exists()
    assert answer["auto"] == {"model": "large", "device": "cpu", "why": "it is measured when it is first opened"}
    assert "not measured yet" in answer["pairs"][0]["reason"]
    devices(shelf, capsys)
    _, said = devices(shelf, capsys, "--fresh")
    assert "measuring large on cpu" in said


def test_a_simulated_device_is_told_apart_and_not_chosen(shelf: Path, capsys: pytest.CaptureFixture[str]) -> None:
    answer, _ = devices(shelf, capsys)
    wafers = [pair for pair in answer["pairs"] if pair["device"].startswith("wafer") and pair["model"] == "large"]
    assert wafers
    assert all(pair["simulated"] or pair["reason"] for pair in wafers)
    assert not any(pair["simulated"] for pair in answer["pairs"] if pair["device"] == "cpu")


def test_a_damaged_model_is_said_and_stops_nothing(shelf: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with (shelf / "large" / "model.onnx").open("r+b") as graph:
        graph.write(b"?")
    answer, _ = devices(shelf, capsys)
    assert "was altered" in answer["pairs"][0]["reason"]
    assert answer["auto"] is None


def test_the_table_says_what_auto_takes_and_why(shelf: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["devices", "--cache-dir", str(shelf), "--budget-ms", "60000"]) == 0
    said = capsys.readouterr().out
    assert "`auto` would take, for 60000 ms, large on cpu: it is the best that is installed; a new line takes" in said
    assert "of 60000 ms" in said


def test_what_is_taken_by_name_only_is_measured_and_not_chosen(
    shelf: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(survey, "CATALOGUE", (msgspec.structs.replace(entry("large", shelf), by_name=True),))
    answer, _ = devices(shelf, capsys)
    assert answer["pairs"][0]["step_ms"] > 0
    assert answer["auto"] is None


def test_with_the_small_model_alone_auto_fetches_the_other(shelf: Path, capsys: pytest.CaptureFixture[str]) -> None:
    prepare_entry(entry("small", shelf), EngineConfig(cache_dir=str(shelf)), lambda _: None)
    shutil.rmtree(shelf / "large")
    assert main(["devices", "--cache-dir", str(shelf)]) == 0
    said = capsys.readouterr().out
    assert "`auto` takes large on cpu: it is not here yet, and is fetched when it is first needed." in said


@pytest.mark.parametrize("error", [RuntimeError("[ONNXRuntimeError] : 1 : FAIL\nat node 3"), OSError("unplugged")])
def test_a_pair_that_fails_is_said_and_stops_nothing(
    shelf: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    def measured(model: Model, device: DeviceSpec, chunk_tokens: int) -> Measured:
        if device.name == "cpu":
            raise error
        return measure(model, device, chunk_tokens)

    monkeypatch.setattr(survey, "measure", measured)
    answer, _ = devices(shelf, capsys)
    first = str(error).splitlines()[0]
    assert answer["pairs"][0]["reason"] == f"It cannot be measured ({type(error).__name__}: {first})."
    assert any(pair["simulated"] for pair in answer["pairs"])
    assert answer["auto"] is None
