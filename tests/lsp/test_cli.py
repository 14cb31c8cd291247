from __future__ import annotations

import json
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from lsp.cli import COMMANDS, main

FULL = Path("/dev/full")


def run(*arguments: str) -> int:
    """Run `tandem` in this process and give its exit code, as the shell would see it."""
    try:
        return main(arguments)
    except SystemExit as leaving:
        return int(str(leaving.code))


@pytest.fixture
def source(tmp_path: Path) -> Path:
    path = tmp_path / "source.py"
    path.write_bytes("ä = 1\r\nbb\rc".encode())
    return path


@pytest.mark.parametrize("command", [name for name in COMMANDS if name not in {"models", "devices", "wafer"}])
def test_every_command_explains_itself(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(command, "--help") == 0
    out = capsys.readouterr().out
    assert f"usage: tandem {command}" in out


@pytest.mark.parametrize("command", ["models", "devices", "wafer"])
def test_the_engine_s_commands_explain_themselves(command: str, capfd: pytest.CaptureFixture[str]) -> None:
    assert run(command, "--help") == 0
    assert f"usage: tandem {command}" in capfd.readouterr().out


def test_help_names_every_command(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("--help") == 0
    out = capsys.readouterr().out
    assert all(f"\n  {command} " in out for command in COMMANDS)


def test_the_module_is_the_command() -> None:
    asked = subprocess.run([sys.executable, "-m", "lsp", "--version"], capture_output=True, text=True, check=True)
    assert asked.stdout.startswith("tandem ")


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ([], "required"),
        (["nonsense"], "nonsense"),
        (["complete"], "required"),
        (["complete", "{source}"], "--at"),
        (["complete", "{source}", "--at", "1"], "'1' is not LINE:COL"),
        (["complete", "{source}", "--at", "-1:1"], "LINE:COL"),
        (["complete", "{source}", "--at", "1:x"], "'1:x' is not LINE:COL"),
        (["complete", "{source}", "--at", "\u0661:1"], "is not LINE:COL"),
        (["complete", "{source}", "--at", "1:1", "--device", "abacus"], "abacus"),
        (["complete", "{source}", "--at", "0:1"], "Line 0 does not exist"),
        (["complete", "{source}", "--at", "4:1"], "the file's lines are 1 to 3"),
        (["complete", "{source}", "--at", "1:7"], "the columns of line 1 are 1 to 6"),
        (["complete", "{source}", "--at", "99999999999999999999:1"], "does not exist"),
        (["complete", "{folder}", "--at", "1:1"], "is a folder"),
        (["complete", "{folder}/missing.py", "--at", "1:1"], "does not exist"),
        (["complete", "{folder}/binary", "--at", "1:1"], "is not UTF-8 text (byte 3)"),
        (["replay", "{folder}"], "is a folder"),
        (["replay", "{folder}/missing.json"], "does not exist"),
        (["replay", "{folder}/binary"], "is not UTF-8 text"),
        (["replay", "{folder}/empty.py"], "nothing to type"),
        (["replay", "{folder}/other.json"], "is not an editing trace"),
        (["replay", "{folder}/other.jsonl"], "is not an editing trace"),
        (["replay", "{source}", "--pace", "slow"], "slow"),
        (["replay", "{source}", "--keys", "0"], "'0' is not a number above 0"),
        (["replay", "{source}", "--seconds", "soon"], "'soon' is not a number above 0"),
        (["serve", "--tcp", "9257"], "is not HOST:PORT"),
        (["serve", "--tcp", "localhost:99999"], "is not HOST:PORT"),
        (["serve", "--stdio", "--tcp", "localhost:1"], "not allowed with"),
        (["doctor", "nonsense"], "unrecognized"),
    ],
)
def test_bad_input_is_answered_with_a_sentence(
    arguments: list[str], says: str, source: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = source.parent
    (folder / "binary").write_bytes(b"ab\xff\x00")
    (folder / "empty.py").write_bytes(b"\n \n")
    for name in ("other.json", "other.jsonl"):
        (folder / name).write_text(json.dumps({"name": "package"}))
    assert run(*(argument.format(source=source, folder=folder) for argument in arguments)) == 2
    out, complaint = capsys.readouterr()
    assert not out
    assert says in complaint
    assert "Traceback" not in complaint


def test_an_address_that_is_taken_is_one_sentence(capsys: pytest.CaptureFixture[str]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        assert run("serve", "--device", "null", "--tcp", f"127.0.0.1:{port}") == 2
    assert f"Cannot listen on 127.0.0.1:{port}" in capsys.readouterr().err


@pytest.mark.skipif(not FULL.exists(), reason="there is no device that is always full")
@pytest.mark.parametrize("command", [["models"], ["complete", "{source}", "--at", "1:1", "--device", "null", "--json"]])
def test_output_that_finds_no_room_is_one_sentence(command: list[str], source: Path) -> None:
    call = [sys.executable, "-m", "lsp", *(word.format(source=source) for word in command)]
    with FULL.open("wb") as full:
        done = subprocess.run(call, stdout=full, stderr=subprocess.PIPE, text=True, check=False)
    assert done.stderr == "tandem: the output cannot be used: No space left on device.\n"
    assert done.returncode == 1
