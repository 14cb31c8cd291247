"""Models of the user's own: exports in the layout of the hub's ONNX community, repositories of it, GGUF files."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import onnx
import pytest
from support import tiny
from support.exported import write_export

from engine.config import EngineConfig
from engine.errors import BundleError, FetchError, UnknownModel
from engine.loading import open_core
from engine.messages import Complete, Completed
from engine.models import repository
from engine.models.hub import HubFile, Listing
from engine.models.prepare import brought, prepare, remove
from hardware.cpu import CpuDevice
from hardware.device import ModelRefused

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from engine.messages import Loading
    from engine.models.catalog import Hub


def unheard(_: Loading) -> None:
    pass


@pytest.mark.parametrize("half", [False, True])
@pytest.mark.parametrize("external", [False, True])
def test_a_folder_becomes_a_bundle_whose_cache_makes_no_difference(
    tmp_path: Path, *, half: bool, external: bool
) -> None:
    root = write_export(tmp_path / "own", half=half, external=external)
    config = EngineConfig(cache_dir=str(tmp_path / "cache"))
    made = prepare(str(root), config, unheard)
    assert (made.manifest.layout, len(made.manifest.files)) == ("grown", 3 if external else 2)
    assert prepare(str(root), config, unheard) == made
    assert brought(config) == [made.manifest.name]
    model = CpuDevice(1).open(made.spec)
    text = list(b"the same text")
    whole = model.step(model.new_cache(64), 0, text, len(text)).logits
    assert whole.dtype == np.float32
    cache = model.new_cache(64)
    model.step(cache, 0, [7, 8, 9], 0)
    model.step(cache, 0, text[:5], 0)
    model.step(cache, 5, [1, 2], 0)
    other = model.new_cache(64)
    model.copy(cache, other, 5)
    for each in (cache, other):
        rows = model.step(each, 5, text[5:], 3).logits
        np.testing.assert_allclose(rows, whole[-3:], rtol=2e-2 if half else 1e-5, atol=0.2 if half else 1e-4)
    assert not np.allclose(model.step(cache, 4, text[5:], 1).logits, whole[-1:], atol=0.5)
    (made.root / "tokenizer.json").write_text("{}")
    with pytest.raises(BundleError, match=f"tandem models remove {made.manifest.name}"):
        prepare(str(root), config, unheard)
    assert remove(made.manifest.name, config, unheard)


def test_an_export_completes_through_the_engine(tmp_path: Path) -> None:
    root = write_export(tmp_path / "own")
    core, ready = open_core(EngineConfig(model=str(root), cache_dir=str(tmp_path / "cache"), device="cpu"), unheard)
    assert ready.model.startswith("own-")
    core.submit(Complete(id=1, document="a", prefix="x = ", suffix="", shape="line", budget_ms=60_000, max_tokens=5))
    answers = [event for _ in range(50) for event in core.step() if isinstance(event, Completed)]
    assert [answer.id for answer in answers] == [1]
    assert "<|" not in answers[0].text


def test_a_changed_folder_is_another_model(tmp_path: Path) -> None:
    config = EngineConfig(cache_dir=str(tmp_path / "cache"))
    one = prepare(str(write_export(tmp_path / "a" / "own")), config, unheard)
    other = prepare(str(write_export(tmp_path / "b" / "own", seed=1)), config, unheard)
    assert one.root != other.root


def test_a_graph_that_reaches_out_of_its_folder_is_refused(tmp_path: Path) -> None:
    root = write_export(tmp_path / "own", external=True)
    graph = root / "onnx" / "model_q4.onnx"
    model = onnx.load(graph, load_external_data=False)
    for entry in model.graph.initializer[0].external_data:
        if entry.key == "location":
            entry.value = "../config.json"
    graph.write_bytes(model.SerializeToString())
    with pytest.raises(BundleError, match="no plain file name"):
        prepare(str(root), EngineConfig(cache_dir=str(tmp_path / "cache")), unheard)


def _without_config(root: Path) -> None:
    (root / "config.json").write_text('{"model_type": "bert"}')


def _without_tokenizer(root: Path) -> None:
    (root / "tokenizer.json").unlink()


def _without_data(root: Path) -> None:
    (root / "onnx" / "model_q4.onnx_data").unlink()


def _with_junk(root: Path) -> None:
    (root / "onnx" / "model_q4.onnx").write_bytes(b"junk")


@pytest.mark.parametrize(
    ("harm", "said"),
    [
        (_without_config, "does not describe a decoder"),
        (_without_tokenizer, "has no tokenizer.json"),
        (_without_data, "which is missing"),
        (_with_junk, "cannot be read as a graph"),
    ],
)
def test_a_folder_that_lacks_something_is_refused_with_what(
    harm: Callable[[Path], None], said: str, tmp_path: Path
) -> None:
    root = write_export(tmp_path / "own", external=True)
    harm(root)
    config = EngineConfig(cache_dir=str(tmp_path / "cache"))
    with pytest.raises(BundleError, match=said):
        prepare(str(root), config, unheard)
    assert brought(config) == []


def test_a_graph_of_another_layout_is_refused_when_it_is_opened(tmp_path: Path) -> None:
    root = write_export(tmp_path / "own")
    graph = root / "onnx" / "model_q4.onnx"
    model = onnx.load(graph)
    model.graph.input.append(onnx.helper.make_tensor_value_info("beam", onnx.TensorProto.INT64, (1,)))
    onnx.save_model(model, graph)
    made = prepare(str(root), EngineConfig(cache_dir=str(tmp_path / "cache")), unheard)
    with pytest.raises(ModelRefused, match="it wants beam"):
        CpuDevice(1).open(made.spec)


def test_a_gguf_file_of_no_family_is_refused_and_one_of_a_family_is_made(tmp_path: Path) -> None:
    config = EngineConfig(cache_dir=str(tmp_path / "cache"))
    tiny.write_gguf(tmp_path / "own model.gguf")
    with pytest.raises(BundleError, match="filling in the middle"):
        prepare(str(tmp_path / "own model.gguf"), config, unheard)
    tiny.write_gguf(tmp_path / "own model.gguf", specials=("<fim_prefix>", "<fim_suffix>", "<fim_middle>", "<end>"))
    made = prepare(str(tmp_path / "own model.gguf"), config, unheard)
    assert made.manifest.name.startswith("own-model-")
    assert made.manifest.prompt.opening == ("<fim_prefix>", "<fim_suffix>")
    assert prepare(str(tmp_path / "own model.gguf"), config, unheard) == made
    assert prepare(str(tmp_path / "own model.gguf"), config, unheard, half=True).manifest.precision == "fp16"


@pytest.fixture
def hub(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Listing:
    """A hub that has one repository, as files of this machine."""
    root = write_export(tmp_path / "hub", external=True)
    paths = [path for path in root.rglob("*") if path.is_file()]
    files = tuple(HubFile(path.relative_to(root).as_posix(), path.stat().st_size, "") for path in paths)

    def fetch(source: Hub, into: Path, size_bytes: int, progress: Callable[[int], None]) -> None:
        into.write_bytes((root / source.file).read_bytes())
        progress(size_bytes)

    listing = Listing("c0ffee", "apache-2.0", files)
    monkeypatch.setattr(repository, "list_repository", lambda _: listing)
    monkeypatch.setattr(repository, "fetch_from_hub", fetch)
    return listing


def test_a_repository_is_fetched_once(hub: Listing, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    config = EngineConfig(cache_dir=str(tmp_path / "cache"))
    made = prepare("hf:some/model", config, unheard)
    assert (made.manifest.name, made.manifest.licence) == ("some--model", hub.licence)
    monkeypatch.delattr(repository, "list_repository")
    assert prepare("hf:some/model", EngineConfig(cache_dir=config.cache_dir, network=False), unheard) == made


def test_what_is_not_what_the_hub_states_is_refused(
    hub: Listing, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    wrong = tuple(file._replace(sha256="0" * 64) for file in hub.files)
    monkeypatch.setattr(repository, "list_repository", lambda _: hub._replace(files=wrong))
    with pytest.raises(FetchError, match="wrong sha256"):
        prepare("hf:some/model", EngineConfig(cache_dir=str(tmp_path / "cache")), unheard)


@pytest.mark.parametrize("name", ["hf:", "hf:model", "hf:a/b/c", "hf:../b"])
def test_what_cannot_be_a_repository_is_refused(name: str, tmp_path: Path) -> None:
    with pytest.raises(UnknownModel, match="OWNER/NAME"):
        prepare(name, EngineConfig(cache_dir=str(tmp_path / "cache")), unheard)


def test_without_a_network_a_repository_that_is_not_here_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(FetchError, match="tandem models pull"):
        prepare("hf:some/model", EngineConfig(cache_dir=str(tmp_path / "cache"), network=False), unheard)
