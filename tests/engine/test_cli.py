"""The engine's own command line, as `tandem` runs it: a process with its own standard streams."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from support.exported import write_export
from support.pipsettings import use_pip_settings

from engine.models import bundle
from engine.models.catalog import CATALOGUE, DEFAULT, SMOLLM

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    use_pip_settings(monkeypatch, no_index="1")
    return tmp_path / "cache"


def test_the_list_shows_every_model_and_the_default(cache: Path) -> None:
    listed = json.loads(_check(0, "models", "list", "--json", "--cache-dir", str(cache)).stdout)["models"]
    assert [model["name"] for model in listed] == [entry.name for entry in CATALOGUE]
    assert [model["name"] for model in listed if model["default"]] == [DEFAULT.name]
    assert {model["state"] for model in listed} == {"absent"}
    assert not cache.exists()


@pytest.mark.parametrize("command", [["models"], ["models", "list"]])
def test_the_list_is_a_table_without_json(command: list[str]) -> None:
    answer = _check(0, *command).stdout
    for entry in CATALOGUE:
        assert entry.name in answer


def test_a_pull_that_cannot_be_says_why_in_one_line(cache: Path) -> None:
    failed = _check(1, "models", "pull", "--cache-dir", str(cache))
    assert failed.stdout == ""
    assert failed.stderr.startswith(f"tandem: {DEFAULT.name}")
    assert failed.stderr.count("\n") == 1
    assert str(cache) in failed.stderr


@pytest.mark.parametrize("action", ["pull", "verify", "remove"])
def test_an_unknown_model_is_told_which_there_are(cache: Path, action: str) -> None:
    failed = _check(1, "models", action, "gpt-5", "--cache-dir", str(cache))
    assert DEFAULT.name in failed.stderr


@pytest.mark.parametrize("command", [[], ["models", "mend"], ["models", "remove"], ["devices", "--loud"]])
def test_a_wrong_call_shows_the_usage(command: list[str]) -> None:
    assert "usage: tandem" in _check(2, *command).stderr


def test_a_damaged_bundle_is_found_and_removed(cache: Path) -> None:
    root = cache / SMOLLM.name
    root.mkdir(parents=True)
    (root / bundle.MANIFEST).write_text("not a manifest")
    where = ("--cache-dir", str(cache))
    listed = json.loads(_check(0, "models", "list", "--json", *where).stdout)["models"]
    assert [model["state"] for model in listed if model["name"] == SMOLLM.name] == ["damaged"]
    (verdict,) = json.loads(_check(1, "models", "verify", "--json", *where).stdout)["models"]
    assert verdict["name"] == SMOLLM.name
    assert f"tandem models pull {SMOLLM.name}" in verdict["problem"]
    _check(0, "models", "remove", SMOLLM.name, *where)
    assert not root.exists()
    assert "no models" in _check(0, "models", "verify", *where).stdout


def test_a_folder_of_ones_own_is_pulled_shown_verified_and_removed(cache: Path, tmp_path: Path) -> None:
    where = ("--cache-dir", str(cache))
    said = _check(0, "models", "pull", str(write_export(tmp_path / "own")), *where).stdout
    name = said.split(" ", 1)[0]
    listed = json.loads(_check(0, "models", "list", "--json", *where).stdout)["models"]
    assert [(model["name"], model["state"]) for model in listed if model["state"] != "absent"] == [(name, "ready")]
    assert name in _check(0, "models", "list", *where).stdout
    assert f"{name} is sound" in _check(0, "models", "verify", *where).stdout
    _check(0, "models", "remove", name, *where)
    assert not (cache / name).exists()


@pytest.mark.parametrize("action", ["list", "verify", "pull"])
@pytest.mark.parametrize("name", ["file", "x" * 300])
def test_a_cache_that_cannot_be_a_folder_is_one_sentence(tmp_path: Path, action: str, name: str) -> None:
    (tmp_path / "file").touch()
    failed = _check(1, "models", action, "--cache-dir", str(tmp_path / name))
    assert "choose another with --cache-dir" in failed.stderr
    assert failed.stderr.count("\n") == 1


@pytest.mark.model
def test_a_pull_makes_a_model_that_verifies_until_it_is_altered(cache: Path, smollm_gguf: Path) -> None:
    cache.mkdir()
    (cache / SMOLLM.file).symlink_to(smollm_gguf)
    where = (SMOLLM.name, "--cache-dir", str(cache))
    pulled = _check(0, "models", "pull", *where)
    assert str(cache / SMOLLM.name) in pulled.stdout
    assert "writing the graph" in pulled.stderr
    _check(0, "models", "verify", *where)
    with (cache / SMOLLM.name / "model.onnx.data").open("r+b") as data:
        data.write(b"?")
    assert "altered" in _check(1, "models", "verify", *where).stdout
    _check(0, "models", "pull", *where)
    _check(0, "models", "verify", *where)


@pytest.mark.model
@pytest.mark.skipif(sys.platform == "win32", reason="there is no SIGINT to send to one process")
def test_an_interrupted_pull_says_so_in_one_line_and_leaves_no_model(cache: Path, smollm_gguf: Path) -> None:
    cache.mkdir()
    (cache / SMOLLM.file).symlink_to(smollm_gguf)
    command = [sys.executable, "-m", "engine", "models", "pull", SMOLLM.name, "--cache-dir", str(cache)]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as pull:
        assert pull.stderr is not None
        assert any("writing the graph" in line for line in pull.stderr)
        pull.send_signal(signal.SIGINT)
        said = pull.stderr.read().splitlines()
    assert pull.returncode == 130
    assert said[-1].startswith("tandem: Interrupted")
    assert not any("Traceback" in line for line in said)
    assert not (cache / SMOLLM.name).exists()


def test_the_devices_are_listed(cache: Path) -> None:
    where = ("--cache-dir", str(cache))
    answer = json.loads(_check(0, "devices", "--json", *where).stdout)
    available = {device["name"]: device["available"] for device in answer["devices"]}
    assert available["cpu"]
    assert available["null"]
    assert all(device["available"] or device["reason"] for device in answer["devices"])
    assert answer["machine"]["physical_cores"] >= 1
    assert answer["auto"]["model"] == DEFAULT.name
    assert "not here yet" in answer["auto"]["why"]
    assert {pair["device"] for pair in answer["pairs"]} == {name for name in available if available[name]} - {"null"}
    assert all(f"tandem models pull {pair['model']}" in pair["reason"] for pair in answer["pairs"])
    table = _check(0, "devices", *where).stdout
    assert all(name in table for name in available)
    assert not cache.exists()


@pytest.mark.parametrize("budget", ["0", "-1", "soon", "nan", "inf"])
def test_a_budget_is_a_number_above_0(budget: str) -> None:
    assert f"'{budget}' is not a number above 0" in _check(2, "devices", f"--budget-ms={budget}").stderr


def _check(code: int, *arguments: str) -> subprocess.CompletedProcess[str]:
    """The command ends with this exit code, and without a traceback."""
    command = [sys.executable, "-m", "engine", *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)
    assert "Traceback" not in done.stderr
    assert done.returncode == code, done.stderr
    return done
