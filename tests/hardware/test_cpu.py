from __future__ import annotations

from dataclasses import replace
from itertools import repeat
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.tiny import CONTEXT_TOKENS, write_model

from engine.models.quantize import FLOAT32, INT8
from hardware.cpu import CpuCache, CpuDevice, CpuModel
from hardware.device import ModelRefused, ModelSpec
from hardware.null import NULL_MODEL, NullDevice

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from engine.models.bundle import Bundle

    Floats = NDArray[np.float32]

VOCABULARY = 259
CLOSE = 1e-5

ids = st.lists(st.integers(0, VOCABULARY - 1), min_size=1, max_size=CONTEXT_TOKENS // 2)


@pytest.fixture(scope="module")
def spec(tmp_path_factory: pytest.TempPathFactory) -> ModelSpec:
    return write_model(tmp_path_factory.mktemp("tiny"), INT8)


@pytest.fixture(scope="module", params=[INT8, FLOAT32], ids=lambda precision: precision.name)
def model(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[CpuModel]:
    opened = CpuDevice().open_appended(write_model(tmp_path_factory.mktemp("tiny"), request.param))
    yield opened
    opened.close()


def step(model: CpuModel, cache: CpuCache, keep: int, tokens: Sequence[int], rows: int) -> Floats:
    """Logits that outlive the next step."""
    return model.step(cache, keep, tokens, rows).logits.copy()


def whole(model: CpuModel, tokens: Sequence[int]) -> Floats:
    """Logits after every token, from one step over a fresh cache."""
    return step(model, model.new_cache(len(tokens)), 0, tokens, len(tokens))


def in_chunks(model: CpuModel, tokens: Sequence[int], sizes: Iterator[int], capacity: int) -> Floats:
    cache = model.new_cache(capacity)
    rows: list[Floats] = []
    done = 0
    while done < len(tokens):
        chunk = tokens[done : done + next(sizes)]
        rows.append(step(model, cache, done, chunk, len(chunk)))
        done += len(chunk)
    return np.concatenate(rows)


@settings(deadline=None)
@given(ids, st.data())
def test_chunks_do_not_matter(model: CpuModel, tokens: list[int], data: st.DataObject) -> None:
    sizes = iter(lambda: data.draw(st.integers(1, len(tokens))), 0)
    chunked = in_chunks(model, tokens, sizes, CONTEXT_TOKENS)
    np.testing.assert_allclose(chunked, whole(model, tokens), atol=CLOSE)


@settings(deadline=None)
@given(first=ids, second=ids, data=st.data())
def test_rewinding_leaves_no_memory(model: CpuModel, first: list[int], second: list[int], data: st.DataObject) -> None:
    keep = data.draw(st.integers(0, len(first)))
    used = model.new_cache(CONTEXT_TOKENS)
    model.step(used, 0, first, 0)
    after = step(model, used, keep, second, len(second))
    np.testing.assert_allclose(after, whole(model, first[:keep] + second)[keep:], atol=CLOSE)


def test_two_caches_do_not_touch_each_other(model: CpuModel) -> None:
    sequences = [list(range(20)), list(range(100, 120))]
    caches = [model.new_cache(32), model.new_cache(48)]
    for at in range(20):
        for cache, tokens in zip(caches, sequences, strict=True):
            logits = step(model, cache, at, [tokens[at]], 1)
            np.testing.assert_allclose(logits[0], whole(model, tokens[: at + 1])[-1], atol=CLOSE)


@pytest.mark.parametrize("keep", [0, 1, 15, 20])
def test_a_copy_goes_on_like_the_original_and_apart_from_it(model: CpuModel, keep: int) -> None:
    tokens, more = list(range(20)), [7, 8, 9]
    source, target = model.new_cache(32), model.new_cache(48)
    model.step(source, 0, tokens, 0)
    model.step(target, 0, tokens[::-1], 0)
    model.copy(source, target, keep)
    expected = whole(model, tokens[:keep] + more)[-1]
    np.testing.assert_allclose(step(model, target, keep, more, 1)[0], expected, atol=CLOSE)
    np.testing.assert_allclose(step(model, source, 20, more, 1)[0], whole(model, tokens + more)[-1], atol=CLOSE)


def test_a_cache_copied_onto_itself_is_rewound(model: CpuModel) -> None:
    cache = model.new_cache(8)
    model.step(cache, 0, [1, 2, 3], 0)
    model.copy(cache, cache, 2)
    assert cache.filled == 2
    np.testing.assert_allclose(step(model, cache, 2, [5], 1)[0], whole(model, [1, 2, 5])[-1], atol=CLOSE)


@pytest.mark.parametrize("rows", [0, 1, 3, 8])
def test_rows_count_from_the_end(model: CpuModel, rows: int) -> None:
    tokens = [5, 6, 7, 8, 9, 10, 11, 12]
    logits = step(model, model.new_cache(8), 0, tokens, rows)
    assert logits.shape == (rows, VOCABULARY)
    assert logits.dtype == np.float32
    np.testing.assert_allclose(logits, whole(model, tokens)[8 - rows :], atol=CLOSE)


def test_filling_alone_fills(model: CpuModel) -> None:
    cache = model.new_cache(8)
    model.step(cache, 0, [5, 6, 7], 0)
    logits = step(model, cache, 3, [8], 1)
    np.testing.assert_allclose(logits[0], whole(model, [5, 6, 7, 8])[-1], atol=CLOSE)


def test_a_step_that_cannot_be_is_refused_and_changes_nothing(model: CpuModel) -> None:
    cache = model.new_cache(8)
    model.step(cache, 0, [1, 2, 3], 0)
    for keep, tokens, rows in [
        (0, [], 0),
        (0, [1], 2),
        (4, [1], 1),
        (3, [1] * 6, 1),
        (3, [VOCABULARY], 1),
        (3, [-1], 1),
    ]:
        with pytest.raises(ValueError, match=r"token|rows"):
            model.step(cache, keep, tokens, rows)
    logits = step(model, cache, 3, [4], 1)
    np.testing.assert_allclose(logits[0], whole(model, [1, 2, 3, 4])[-1], atol=CLOSE)


def test_a_full_cache_is_as_good_as_any(model: CpuModel) -> None:
    tokens = list(range(CONTEXT_TOKENS))
    last = step(model, model.new_cache(CONTEXT_TOKENS), 0, tokens, 1)
    cache = model.new_cache(CONTEXT_TOKENS)
    model.step(cache, 0, tokens[:-1], 0)
    np.testing.assert_allclose(step(model, cache, CONTEXT_TOKENS - 1, tokens[-1:], 1), last, atol=CLOSE)


def test_a_cache_knows_its_size(model: CpuModel) -> None:
    spec = model.spec
    cache = model.new_cache(32)
    assert cache.capacity == 32
    assert cache.nbytes == spec.layers * 2 * spec.kv_heads * 32 * spec.head_dim * 4


@pytest.mark.parametrize("capacity", [0, CONTEXT_TOKENS + 1])
def test_a_cache_beyond_the_context_is_refused(model: CpuModel, capacity: int) -> None:
    with pytest.raises(ValueError, match=f"context of {CONTEXT_TOKENS}"):
        model.new_cache(capacity)


def test_a_cache_of_another_device_is_refused(model: CpuModel) -> None:
    foreign = NullDevice().open(NULL_MODEL).new_cache(8)
    with pytest.raises(TypeError, match="its own caches"):
        model.step(foreign, 0, [1], 1)
    with pytest.raises(TypeError, match="its own caches"):
        model.copy(foreign, model.new_cache(8), 0)


@pytest.mark.parametrize("threads", [1, 2, 3])
def test_threads_do_not_matter(spec: ModelSpec, threads: int) -> None:
    device = CpuDevice(threads)
    assert device.spec.threads == threads
    tokens = list(range(30))
    np.testing.assert_allclose(
        whole(device.open_appended(spec), tokens), whole(CpuDevice(1).open_appended(spec), tokens), atol=CLOSE
    )


def copy_model(spec: ModelSpec, folder: Path) -> tuple[ModelSpec, Path, Path]:
    assert spec.graph is not None
    graph, data = folder / "model.onnx", folder / "model.onnx.data"
    graph.write_bytes(spec.graph.read_bytes())
    data.write_bytes(spec.graph.with_name("model.onnx.data").read_bytes())
    return replace(spec, graph=graph), graph, data


def refusal(spec: ModelSpec) -> str:
    with pytest.raises(ModelRefused) as refused:
        CpuDevice().open(spec)
    said = str(refused.value)
    assert "\n" not in said
    return said


def test_a_graph_that_is_not_there_is_refused(spec: ModelSpec, tmp_path: Path) -> None:
    said = refusal(replace(spec, graph=tmp_path / "model.onnx"))
    assert "model.onnx" in said
    assert "tandem models pull tiny" in said


def test_weights_that_are_not_there_are_refused(spec: ModelSpec, tmp_path: Path) -> None:
    copy, _, data = copy_model(spec, tmp_path)
    data.unlink()
    assert "tandem models pull tiny" in refusal(copy)


@pytest.mark.parametrize("kept", [0.0, 0.1, 0.5, 0.9])
def test_a_graph_cut_short_is_refused(spec: ModelSpec, tmp_path: Path, kept: float) -> None:
    copy, graph, _ = copy_model(spec, tmp_path)
    graph.write_bytes(graph.read_bytes()[: int(kept * graph.stat().st_size)])
    assert "tandem models pull tiny" in refusal(copy)


@pytest.mark.parametrize("kept", [0.0, 0.1, 0.5, 0.9])
def test_weights_cut_short_are_refused(spec: ModelSpec, tmp_path: Path, kept: float) -> None:
    copy, _, data = copy_model(spec, tmp_path)
    data.write_bytes(data.read_bytes()[: int(kept * data.stat().st_size)])
    assert "tandem models pull tiny" in refusal(copy)


def test_garbage_is_refused(spec: ModelSpec, tmp_path: Path) -> None:
    copy, graph, _ = copy_model(spec, tmp_path)
    graph.write_bytes(bytes(range(256)) * 16)
    assert "cannot be loaded" in refusal(copy)


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (
            lambda spec: replace(spec, layers=1),
            r"past_key_values\.1\.key is \[1, 2, 'capacity', 32\] instead of absent",
        ),
        (
            lambda spec: replace(spec, layers=3),
            r"past_key_values\.2\.key is absent instead of \[1, 2, 'capacity', 32\]",
        ),
        (
            lambda spec: replace(spec, kv_heads=4),
            r"past_key_values\.0\.key is \[1, 2, 'capacity', 32\] instead of \[1, 4",
        ),
        (lambda spec: replace(spec, head_dim=64), r"past_key_values\.0\.key"),
        (lambda spec: replace(spec, vocabulary=300), r"logits is \['R', 259\] instead of \['R', 300\]"),
    ],
)
def test_the_graph_of_another_model_is_refused(
    spec: ModelSpec, change: Callable[[ModelSpec], ModelSpec], says: str
) -> None:
    with pytest.raises(ModelRefused, match=says):
        CpuDevice().open(change(spec))


def test_a_model_without_a_graph_is_refused() -> None:
    assert "--device null" in refusal(NULL_MODEL)


@pytest.mark.model
@pytest.mark.slow
@pytest.mark.parametrize("name", ["smollm_bundle", "qwen_bundle"])
def test_real_models_do_not_care_how_a_text_came_in(name: str, request: pytest.FixtureRequest) -> None:
    bundle: Bundle = request.getfixturevalue(name)
    model = CpuDevice().open_appended(bundle.spec)
    tokens = [7 * position % 1000 for position in range(48)]
    once = whole(model, tokens)
    for size in (1, 5, 16):
        np.testing.assert_array_equal(in_chunks(model, tokens, repeat(size), 64), once)
    cache = model.new_cache(64)
    model.step(cache, 0, tokens[::-1], 0)
    model.step(cache, 0, tokens[:20], 0)
    np.testing.assert_array_equal(step(model, cache, 20, tokens[20:], 28), once[20:])
    assert model.step(cache, 48, tokens[:1], 0).logits.shape == (0, bundle.spec.vocabulary)
    model.close()
