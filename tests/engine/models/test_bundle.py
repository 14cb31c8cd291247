from __future__ import annotations

import os
import tomllib
from typing import TYPE_CHECKING

import msgspec
import pytest

from engine.errors import BundleError
from engine.models import bundle
from engine.models.bundle import FILES, FORMAT, GRAPH, MANIFEST, BundleFile, Manifest, OutdatedBundle, Shape
from engine.models.toml import encode
from engine.prompt import PromptFormat

if TYPE_CHECKING:
    from pathlib import Path

    from engine.messages import Loading

DATA = "model.onnx.data"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    root = tmp_path / "tiny"
    root.mkdir()
    for name in FILES:
        (root / name).write_bytes(name.encode() * 100_000)
    bundle.write_manifest(root, _manifest(bundle.list_files(root)))
    return root


def _manifest(files: dict[str, BundleFile]) -> Manifest:
    return Manifest(
        format=FORMAT,
        name="tiny",
        title='Tiny "one"',
        licence="CC0-1.0",
        source="tiny.gguf",
        source_sha256="00",
        architecture="llama",
        precision="int8",
        stop_tokens=(5, 7),
        shape=Shape(layers=2, kv_heads=1, head_dim=32, vocabulary=300, context_tokens=64),
        prompt=PromptFormat(opening=("<a>",), middle=(), stops=("<a>", "<b>")),
        files=files,
    )


def test_a_sound_bundle_loads_as_it_was_written(root: Path) -> None:
    reports: list[Loading] = []
    loaded = bundle.load(root, reports.append)
    assert loaded.manifest == _manifest(bundle.list_files(root))
    assert loaded.prompt == loaded.manifest.prompt
    assert loaded.tokenizer_path == root / "tokenizer.json"
    spec = loaded.spec
    assert (spec.graph, spec.layers, spec.kv_heads, spec.head_dim) == (root / GRAPH, 2, 1, 32)
    assert (spec.vocabulary, spec.context, spec.stop_tokens) == (300, 64, (5, 7))
    assert {report.stage for report in reports} == {"verify"}
    assert (reports[-1].done, reports[-1].total) == (loaded.manifest.size_bytes,) * 2


@pytest.mark.parametrize("name", [*FILES, MANIFEST])
def test_a_missing_file_is_refused(root: Path, name: str) -> None:
    (root / name).unlink()
    _check_refused(root, name)


@pytest.mark.parametrize("name", FILES)
def test_a_truncated_file_is_refused(root: Path, name: str) -> None:
    (root / name).write_bytes((root / name).read_bytes()[:-1])
    _check_refused(root, name)


@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize("place", [0, -1], ids=["first byte", "last byte"])
def test_an_altered_file_is_refused(root: Path, name: str, place: int) -> None:
    data = bytearray((root / name).read_bytes())
    data[place] ^= 1
    (root / name).write_bytes(data)
    _check_refused(root, name, "altered")


def test_a_folder_in_the_place_of_a_file_is_refused(root: Path) -> None:
    (root / DATA).unlink()
    (root / DATA).mkdir()
    _check_refused(root, DATA)


@pytest.mark.parametrize("name", ["../outside", "/etc/hostname", "sub/file", "..", MANIFEST])
def test_a_name_that_leads_elsewhere_is_never_opened(root: Path, name: str) -> None:
    (root.parent / "outside").write_bytes(b"")
    listed = bundle.list_files(root)
    bundle.write_manifest(root, _manifest(listed | {name: BundleFile(size_bytes=0, sha256="")}))
    _check_refused(root, repr(name))


@pytest.mark.parametrize("name", FILES)
def test_a_file_that_is_not_listed_is_missed(root: Path, name: str) -> None:
    listed = {other: file for other, file in bundle.list_files(root).items() if other != name}
    bundle.write_manifest(root, _manifest(listed))
    _check_refused(root, f"does not list {name}")


@pytest.mark.parametrize("text", ["", "format = 'one'", "not toml", f"format = {FORMAT}", "\x00"])
def test_a_manifest_that_makes_no_sense_is_refused(root: Path, text: str) -> None:
    (root / MANIFEST).write_text(text)
    _check_refused(root, MANIFEST)


def test_a_manifest_that_is_not_text_is_refused(root: Path) -> None:
    (root / MANIFEST).write_bytes(b"\xff\xfe")
    _check_refused(root, MANIFEST)


def test_a_newer_format_is_refused_unread(root: Path) -> None:
    _rewrite(root, format=FORMAT + 1, things_to_come=True)
    _check_refused(root, "newer")


def test_an_older_format_is_told_apart(root: Path) -> None:
    _rewrite(root, format=FORMAT - 1)
    with pytest.raises(OutdatedBundle, match="older"):
        bundle.load(root)


@pytest.mark.parametrize(
    ("key", "value", "says"),
    [
        ("context_tokens", 0, "context_tokens"),
        ("context_tokens", 99_999_999_999, "context_tokens"),
        ("layers", -1, "layers"),
        ("vocabulary", 6, "stop token"),
    ],
)
def test_a_model_that_cannot_be_is_refused(root: Path, key: str, value: int, says: str) -> None:
    table = tomllib.loads((root / MANIFEST).read_text())
    table["shape"][key] = value
    (root / MANIFEST).write_text(encode(table))
    _check_refused(root, says)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no named pipes")
def test_a_manifest_that_is_a_pipe_is_refused_unread(root: Path) -> None:
    (root / MANIFEST).unlink()
    os.mkfifo(root / MANIFEST)
    _check_refused(root, MANIFEST)


def test_a_remedy_takes_the_place_of_fetching(root: Path) -> None:
    (root / DATA).unlink()
    with pytest.raises(BundleError, match=r"is missing\): mend it\.$"):
        bundle.load(root, remedy="mend it.")


def _rewrite(root: Path, **changes: int) -> None:
    (root / MANIFEST).write_text(encode(tomllib.loads((root / MANIFEST).read_text()) | changes))


def _check_refused(root: Path, *words: str) -> None:
    with pytest.raises(BundleError) as caught:
        bundle.load(root)
    for word in (*words, "tandem models pull tiny"):
        assert word in str(caught.value)
    assert str(caught.value).count("\n") == 0


def test_the_manifest_survives_its_file(root: Path) -> None:
    manifest = bundle.read_manifest(root)
    assert msgspec.convert(tomllib.loads((root / MANIFEST).read_text()), Manifest) == manifest
