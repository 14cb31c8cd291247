from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import onnx
import pytest
from support.likelihood import spec_of
from support.onboard import PROCESSOR
from support.reference import Reference
from support.synthetic import VOCABULARY, write_model

from engine.errors import GraphError
from engine.models.export import write_graph
from engine.models.quantize import CHANNELS, FLOAT16, FLOAT32, INT8, MIXED, Blocks, Precision
from hardware.cpu import CpuDevice
from hardware.gpu import open_on

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from numpy.typing import NDArray

    from engine.messages import Loading
    from hardware.cpu import CpuModel

    Floats = NDArray[np.float32]

FOUR_BITS = Precision("int4", Blocks(4), Blocks(4), Blocks(4), Blocks(4))
CASES = [("llama", "absent"), ("llama", "own"), ("qwen2", "absent"), ("qwen2", "same"), ("qwen2", "own")]
IDS = [int(id_) for id_ in np.random.default_rng(1).integers(0, VOCABULARY, 40)]
TOLERANCE = 1e-3


@pytest.fixture(scope="module", params=CASES, ids="-".join)
def gguf(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    architecture, head = request.param
    path = tmp_path_factory.mktemp("model") / f"{head}.gguf"
    write_model(path, architecture, head=head)
    return path


@pytest.fixture(scope="module")
def reference(gguf: Path) -> Floats:
    return Reference(gguf, tied="own" not in gguf.name).logits(IDS)


@pytest.fixture(params=[CHANNELS, MIXED, INT8, FLOAT32], ids=lambda precision: precision.name)
def model(gguf: Path, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[CpuModel]:
    opened = open_model(gguf, tmp_path, request.param)
    yield opened
    opened.close()


def open_model(gguf: Path, folder: Path, precision: Precision) -> CpuModel:
    write_graph(gguf, folder, precision, lambda _: None)
    return CpuDevice().open_appended(spec_of(gguf, folder / "model.onnx"))


def logits(model: CpuModel) -> Floats:
    return model.step(model.new_cache(64), 0, IDS, len(IDS)).logits.copy()


def test_float32_equals_the_reference(gguf: Path, reference: Floats, tmp_path: Path) -> None:
    np.testing.assert_allclose(logits(open_model(gguf, tmp_path, FLOAT32)), reference, atol=TOLERANCE)


@pytest.mark.parametrize(
    ("precision", "error"),
    [(INT8, 0.03), (CHANNELS, 0.06), (MIXED, 0.06), (FOUR_BITS, 0.4)],
    ids=lambda value: getattr(value, "name", ""),
)
def test_integers_come_close(gguf: Path, reference: Floats, tmp_path: Path, precision: Precision, error: float) -> None:
    difference = logits(open_model(gguf, tmp_path, precision)) - reference
    assert np.std(difference) < error * np.std(reference)


def test_float16_comes_closest_and_chooses_by_itself(gguf: Path, reference: Floats, tmp_path: Path) -> None:
    write_graph(gguf, tmp_path, FLOAT16, lambda _: None)
    model = open_on(PROCESSOR, spec_of(gguf, tmp_path / "model.onnx"))
    step = model.step(model.new_cache(64), 0, IDS, len(IDS))
    assert np.std(step.logits - reference) < 0.002 * np.std(reference)
    assert step.likeliest is not None
    assert [each.token for each in step.likeliest] == step.logits.argmax(axis=1).tolist()


def test_rows_asked_for_are_the_rows_given(model: CpuModel) -> None:
    whole = logits(model)
    for rows in (0, 1, 7):
        step = model.step(model.new_cache(64), 0, IDS, rows)
        assert step.logits.shape == (rows, VOCABULARY)
        np.testing.assert_allclose(step.logits, whole[len(IDS) - rows :], atol=TOLERANCE)


def test_steps_add_up_to_a_prefill(model: CpuModel) -> None:
    whole, cache, done = logits(model), model.new_cache(64), 0
    for size in (1, 1, 2, 5, 30, 1):
        step = model.step(cache, done, IDS[done : done + size], size)
        np.testing.assert_allclose(step.logits, whole[done : done + size], atol=TOLERANCE)
        done += size
    assert done == len(IDS)


def test_the_data_can_be_mapped(gguf: Path, tmp_path: Path) -> None:
    write_graph(gguf, tmp_path, CHANNELS, lambda _: None)
    graph = onnx.load(str(tmp_path / "model.onnx"), load_external_data=False).graph
    places = [{entry.key: entry.value for entry in tensor.external_data} for tensor in graph.initializer]
    assert all(int(place["offset"]) % 4096 == 0 for place in places if place)
    stored = sum(int(place["length"]) for place in places if place)
    assert stored <= (tmp_path / "model.onnx.data").stat().st_size < stored + 4096 * len(places)


def test_progress_reaches_its_total(gguf: Path, tmp_path: Path) -> None:
    reports: list[Loading] = []
    write_graph(gguf, tmp_path, INT8, reports.append)
    done = [report.done for report in reports]
    assert done == sorted(done)
    assert {report.stage for report in reports} == {"export"}
    assert reports[-1].done == reports[-1].total


def test_a_tensor_without_a_place_is_refused(tmp_path: Path) -> None:
    write_model(tmp_path / "model.gguf", "llama", extra="rope_freqs.weight")
    with pytest.raises(GraphError, match="rope_freqs"):
        write_graph(tmp_path / "model.gguf", tmp_path, FLOAT32, lambda _: None)
    assert not (tmp_path / "model.onnx").exists()
