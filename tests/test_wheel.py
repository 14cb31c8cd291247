"""The wheel is what users get: three import roots, typed, with its data, and it runs in an environment of its own."""

from __future__ import annotations

import re
import subprocess
import sys
import venv
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(out), str(ROOT)]
    subprocess.run(command, check=True, capture_output=True)
    (built,) = out.glob("*.whl")
    return built


def test_holds_three_import_roots_and_nothing_else(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
    roots = {name.split("/")[0] for name in names}
    assert {root for root in roots if not root.endswith(".dist-info")} == {"lsp", "engine", "hardware"}
    for root in ("lsp", "engine", "hardware"):
        assert f"{root}/py.typed" in names
        packed = {name for name in names if name.startswith(f"{root}/")}
        tracked = subprocess.run(
            ["git", "ls-files", root], cwd=ROOT, check=True, capture_output=True, text=True
        ).stdout.split()
        assert packed == set(tracked)
    assert any(name.endswith("licenses/LICENSE") for name in names)
    assert any(name.endswith("licenses/NOTICE") for name in names)


@pytest.mark.slow
def test_entry_points_work_in_a_clean_environment(wheel: Path, tmp_path: Path) -> None:
    venv.create(tmp_path / "env", with_pip=True)
    scripts = tmp_path / "env" / ("Scripts" if sys.platform == "win32" else "bin")
    # The locked versions as constraints: what gets installed is only what the wheel itself asks for.
    pins = re.sub(r" \\\n(\s+--hash=\S+( \\\n)?)+", "", (ROOT / "requirements.lock").read_text())
    (tmp_path / "pins.txt").write_text(pins)
    install = [str(scripts / "python"), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    subprocess.run([*install, "--constraint", str(tmp_path / "pins.txt"), str(wheel)], check=True)
    for program in ("tandem", "tandem-lsp"):
        done = subprocess.run(
            [str(scripts / program), "--help"], check=True, capture_output=True, text=True, cwd=tmp_path
        )
        assert "usage: tandem" in done.stdout
    devices = subprocess.run(
        [str(scripts / "tandem"), "devices", "--json"], check=True, capture_output=True, text=True, cwd=tmp_path
    )
    assert '"cpu"' in devices.stdout
