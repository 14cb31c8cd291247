"""`tandem eval` with packages of our own in the place of the manifest's, and the device that needs no model."""

from __future__ import annotations

import hashlib
import io
import json
import sys
import tarfile
from typing import TYPE_CHECKING

import msgspec
import pytest
from support.pipsettings import use_pip_settings
from support.repetitive import SOURCE
from support.site import Site

from lsp.cli import main
from lsp.errors import PackageMissing
from lsp.eval.fetch import fetch, missing
from lsp.eval.manifest import Manifest, manifest

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from lsp.eval.manifest import Package

NULL = ("eval", "--device", "null")


@pytest.fixture
def archive() -> bytes:
    buffer = io.BytesIO()
    body = (SOURCE * 6).encode()  # long enough to be typed
    with tarfile.open(fileobj=buffer, mode="w:gz") as tar:
        member = tarfile.TarInfo("things-1.0/src/things.py")
        member.size = len(body)
        tar.addfile(member, io.BytesIO(body))
    return buffer.getvalue()


@pytest.fixture
def package(archive: bytes) -> Package:
    return msgspec.structs.replace(
        manifest().packages[0],
        project="things",
        version="1.0",
        file="things-1.0.tar.gz",
        include=("src/*.py",),
        size_bytes=len(archive),
        sha256=hashlib.sha256(archive).hexdigest(),
    )


@pytest.fixture
def index(archive: bytes, monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    page = b'<a href="/files/things-1.0.tar.gz#sha256=0">things-1.0.tar.gz</a>'
    with Site({"/simple/things/": page, "/files/things-1.0.tar.gz": archive}) as site:
        use_pip_settings(monkeypatch, index_url=f"http://{site.address}/simple")
        yield site


@pytest.fixture
def cache(package: Package, index: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where `tandem eval` keeps the only package there is, which only our own index has."""
    assert index.address
    only = Manifest(models_released=manifest().models_released, packages=(package,))
    monkeypatch.setattr("lsp.commands.eval.manifest", lambda: only)
    monkeypatch.setattr("lsp.commands.eval.archives", lambda: tmp_path / "eval")
    return tmp_path / "eval"


def test_the_json_has_every_way_with_its_cases_and_nothing_else(
    cache: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([*NULL, "--cases", "8", "--no-deadline", "--typed", "1", "--keys", "40", "--json"]) == 0
    printed = capsys.readouterr()
    assert printed.out.count("\n") == 1
    found = json.loads(printed.out)
    assert (found["model"], found["device"], found["deadlines"], found["cases"]) == ("null", "null", False, 8)
    assert [way["name"] for way in found["variants"]] == ["bare", "filtered", "informed", "tandem"]
    bare, _, _, tandem = found["variants"]
    assert [each["case"] for each in bare["outcomes"]] == [each["case"] for each in tandem["outcomes"]]
    assert len({(each["case"], each["kind"]) for each in bare["outcomes"]}) == 8
    for each in tandem["outcomes"]:
        assert (each["package"], each["file"]) == ("things", "src/things.py")
        assert (SOURCE * 6)[each["start"] : each["end"]] == each["hole"]
        assert bool(each["said"]) or not each["text"]
        assert each["read"]["before the cursor"] > 0
    # The file repeats itself, and the null device says what followed before: some of it must be right.
    assert tandem["all"]["exact"]["value"] > 0
    assert 0 <= tandem["all"]["exact"]["low"] < tandem["all"]["exact"]["high"] <= 1
    assert tandem["all"]["over_bare"]["value"] is not None
    assert bare["all"]["over_bare"]["value"] is None
    typed = tandem["typed"]
    assert typed["files"][0]["file"] == "things/src/things.py"
    assert typed["keystrokes_saved"]["value"] > 0
    assert typed["files"][0]["shown"] >= typed["files"][0]["right"] > 0
    assert printed.err.index("Fetching things 1.0") < printed.err.index("cases in 4 ways")
    assert (cache / "things-1.0.tar.gz").exists()


def test_an_interrupted_run_goes_on_and_what_was_kept_is_reported_without_asking(
    cache: Path, package: Package, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    fetch(package, cache)
    kept = tmp_path / "kept.jsonl"
    command = [*NULL, "--offline", "--no-deadline", "--ablate", "--json", "--keep", str(kept)]
    assert main([*command, "--cases", "2"]) == 0
    first = kept.read_bytes()
    assert main([*command, "--cases", "3"]) == 0
    assert kept.read_bytes().startswith(first)
    assert len(kept.read_bytes().splitlines()) == len(first.splitlines()) * 3 // 2
    found = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert {each["beside"] for each in found["contrasts"]} == {"informed"}
    assert {each["n"] for each in found["contrasts"]} == {3}
    (cache / package.file).unlink()  # nothing is asked, so nothing is needed
    assert main(["eval", "--report", str(kept)]) == 0
    printed = capsys.readouterr().out
    assert "### null on null, without a deadline" in printed
    assert "| all | 3 |" in printed
    assert "| no suffix | 3 |" in printed


def test_a_report_of_nothing_that_is_known_says_so(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "kept.jsonl").write_text("")
    assert main(["eval", "--report", str(tmp_path / "kept.jsonl")]) == 2
    assert "no answers in these ways" in capsys.readouterr().err
    assert main(["eval", "--report", str(tmp_path / "nothing")]) == 2
    assert "check the name" in capsys.readouterr().err


def test_what_was_fetched_is_there_offline_and_the_table_has_the_kinds(
    cache: Path, package: Package, capsys: pytest.CaptureFixture[str]
) -> None:
    fetch(package, cache)
    command = [
        *NULL,
        "--offline",
        "--cases",
        "2",
        "--kinds",
        "mid_word",
        "--variants",
        "tandem",
        "--set",
        "lineTokens=1",
    ]
    assert main(command) == 0  # with deadlines: somebody looks, types and is asked for after a while
    printed = capsys.readouterr()
    assert "mid word" in printed.out
    assert "whole line" not in printed.out
    assert "Fetching" not in printed.err


def test_nothing_is_fetched_offline(cache: Path, index: Site, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([*NULL, "--offline"]) == 1
    complaint = capsys.readouterr().err
    assert "without --offline" in complaint
    assert (index.asked, cache.exists()) == ([], False)


@pytest.mark.parametrize(
    ("options", "complaint"),
    [
        (("--cases", "0"), "not a whole number from 1 on"),
        (("--typed", "-1"), "not a whole number from 0 on"),
        (("--kinds", "lines"), "none of rest_of_line"),
        (("--languages", "cobol"), "none of python"),
        (("--set", "deadlineMs"), "not NAME=JSON"),
        (("--set", "deadline=1"), 'no setting "deadline"'),
        (("--set", 'model="a"'), "--model and --device"),
        (("--visited", "two"), "not a whole number from 0 on"),
        (("--keep", "/nowhere/kept.jsonl"), "make it first"),
    ],
)
def test_called_wrongly_it_says_so(
    options: tuple[str, ...], complaint: str, capsys: pytest.CaptureFixture[str]
) -> None:
    try:
        code: object = main(["eval", *options])
    except SystemExit as end:
        code = end.code
    assert code == 2
    assert complaint in capsys.readouterr().err


def test_an_archive_with_another_hash_is_thrown_away(package: Package, index: Site, tmp_path: Path) -> None:
    index.files["/files/things-1.0.tar.gz"] = b"x" * package.size_bytes
    with pytest.raises(PackageMissing, match="wrong sha256"):
        fetch(package, tmp_path)
    assert list(tmp_path.iterdir()) == []
    assert missing([package], tmp_path) == [package]


@pytest.mark.skipif(sys.platform == "win32", reason="the npm of the test is a shell script")
def test_npm_brings_what_is_on_it_and_runs_no_scripts(
    package: Package, archive: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "packed").write_bytes(archive)
    (tmp_path / "npm.py").write_text(
        "import pathlib, shutil, sys\n"
        "assert sys.argv[1:4] == ['pack', 'things@1.0', '--ignore-scripts'], sys.argv\n"
        f"shutil.copy({str(tmp_path / 'packed')!r}, pathlib.Path(sys.argv[-1], 'things-1.0.tar.gz'))\n"
    )
    npm = tmp_path / "npm"
    npm.write_text(f'#!/bin/sh\nexec "{sys.executable}" "{tmp_path / "npm.py"}" "$@"\n')
    npm.chmod(0o755)
    by_npm = msgspec.structs.replace(package, registry="npm")
    monkeypatch.setattr("shutil.which", lambda _: str(npm))
    fetch(by_npm, tmp_path / "cache")
    assert missing([by_npm], tmp_path / "cache") == []
    npm.write_text("#!/bin/sh\necho 'no such package' >&2\nexit 1\n")
    with pytest.raises(PackageMissing, match="no such package"):
        fetch(by_npm, tmp_path / "other")
    monkeypatch.setattr("shutil.which", lambda _: None)
    with pytest.raises(PackageMissing, match="install Node"):
        fetch(by_npm, tmp_path / "other")
