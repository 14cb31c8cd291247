from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from lsp.cli import main

if TYPE_CHECKING:
    from pathlib import Path


def test_a_healthy_installation_without_models_gets_a_warning(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["doctor", "--json", "--cache-dir", str(tmp_path / "cache")]) == 0
    out, told = capsys.readouterr()
    assert out.count("\n") == 1
    report = json.loads(out)
    assert report["ok"] is True
    found = {check["check"]: check for check in report["checks"]}
    assert list(found) == [
        "python", "packages", "cache folder", "disk", "memory", "devices", "models", "server and engine"
    ]  # fmt: skip
    assert "pygls 2." in found["packages"]["detail"]
    assert "null" in found["devices"]["detail"]
    assert found["models"]["state"] == "warn"
    assert "tandem models pull" in found["models"]["advice"]
    assert "initialize" in found["server and engine"]["detail"]
    assert "warn models: none yet" in told
    assert not (tmp_path / "cache").exists()


@pytest.mark.parametrize("name", ["file", "x" * 300])
def test_a_failure_says_what_to_do_and_is_the_exit_code(
    name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").write_text("")
    assert main(["doctor", "--cache-dir", str(tmp_path / name)]) == 1
    out = capsys.readouterr().out
    assert "fail cache folder: " in out
    assert "choose another with --cache-dir" in out
    assert "Reinstall" not in out


def test_a_damaged_model_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    bundle = tmp_path / "smollm2-135m"
    bundle.mkdir()
    (bundle / "bundle.toml").write_text("nonsense")
    assert main(["doctor", "--json", "--cache-dir", str(tmp_path)]) == 1
    models = next(check for check in json.loads(capsys.readouterr().out)["checks"] if check["check"] == "models")
    assert models["state"] == "fail"
    assert "tandem models pull smollm2-135m" in models["advice"]
