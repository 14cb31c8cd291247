"""All of the code for graphics cards but a card's own kernels, run with the processor's."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.onboard import PROCESSOR, write_tiny
from support.tiny import CONTEXT_TOKENS

from engine.draft import LONGEST_DRAFT
from engine.models.quantize import FLOAT32
from hardware.cpu import CpuDevice
from hardware.device import DeviceUnavailable, ModelRefused
from hardware.gpu import GpuDevice, open_on
from hardware.gpu_model import FORMS
from hardware.null import NULL_MODEL, NullDevice
from hardware.providers import CUDA, Provider

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from hardware.device import ModelSpec
    from hardware.gpu_model import GpuCache, GpuModel

    Floats = NDArray[np.float32]

RECORDING = replace(PROCESSOR, captures="enable_cuda_graph")
"""The processor's provider takes the option, and the numbers of the recordings, and makes nothing of either."""

VOCABULARY = 259
CLOSE = 0.02
"""Float16 keeps three digits; the logits of the tiny model have a standard deviation of about 0.4."""

ids = st.lists(st.integers(0, VOCABULARY - 1), min_size=1, max_size=CONTEXT_TOKENS // 2)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("half")


@pytest.fixture(scope="module")
def spec(folder: Path) -> ModelSpec:
    return write_tiny(folder)


@pytest.fixture(scope="module", params=["recorded", "plain"])
def model(request: pytest.FixtureRequest, spec: ModelSpec) -> GpuModel:
    """One whose short steps run under a recording's number, and one whose steps do not."""
    return open_on(RECORDING if request.param == "recorded" else PROCESSOR, spec)


@pytest.fixture(scope="module")
def reference(tmp_path_factory: pytest.TempPathFactory) -> Callable[[Sequence[int]], Floats]:
    """Logits after every token, in float32 by the processor's own device."""
    exact = CpuDevice(1).open(write_tiny(tmp_path_factory.mktemp("exact"), FLOAT32))

    def logits(tokens: Sequence[int]) -> Floats:
        return exact.step(exact.new_cache(len(tokens)), 0, tokens, len(tokens)).logits.copy()

    return logits


def step(model: GpuModel, cache: GpuCache, keep: int, tokens: Sequence[int], rows: int) -> Floats:
    return model.step(cache, keep, tokens, rows).logits.copy()


@settings(max_examples=30)
@given(ids, st.data())
def test_chunks_give_what_the_processor_gives_in_float32(
    model: GpuModel, reference: Callable[[Sequence[int]], Floats], tokens: list[int], data: st.DataObject
) -> None:
    cache, done, rows = model.new_cache(CONTEXT_TOKENS), 0, []
    while done < len(tokens):
        chunk = tokens[done : done + data.draw(st.integers(1, len(tokens)))]
        rows.append(step(model, cache, done, chunk, len(chunk)))
        done += len(chunk)
    np.testing.assert_allclose(np.concatenate(rows), reference(tokens), atol=CLOSE)


@settings(max_examples=30)
@given(first=ids, second=ids, data=st.data())
def test_rewinding_leaves_no_memory(
    model: GpuModel,
    reference: Callable[[Sequence[int]], Floats],
    first: list[int],
    second: list[int],
    data: st.DataObject,
) -> None:
    keep = data.draw(st.integers(0, len(first)))
    used = model.new_cache(CONTEXT_TOKENS)
    model.step(used, 0, first, 0)
    after = step(model, used, keep, second, len(second))
    np.testing.assert_allclose(after, reference(first[:keep] + second)[keep:], atol=CLOSE)


@pytest.mark.parametrize("length", [1, 2, FORMS[-1], FORMS[-1] + 1, 40])
@pytest.mark.parametrize("rows", [0, 1, 2])
def test_rows_count_from_the_end(
    model: GpuModel, reference: Callable[[Sequence[int]], Floats], length: int, rows: int
) -> None:
    rows, tokens = min(rows, length), list(range(length))
    given_step = model.step(model.new_cache(CONTEXT_TOKENS), 0, tokens, rows)
    assert given_step.logits.shape == (rows, VOCABULARY)
    assert given_step.logits.dtype == np.float32
    np.testing.assert_allclose(given_step.logits, reference(tokens)[length - rows :], atol=CLOSE)


@pytest.mark.parametrize("length", [1, 3, 20])
def test_the_likeliest_token_and_its_probability_come_without_the_logits(model: GpuModel, length: int) -> None:
    found = model.step(model.new_cache(CONTEXT_TOKENS), 0, list(range(length)), length)
    assert found.likeliest is not None
    assert [each.token for each in found.likeliest] == found.logits.argmax(axis=1).tolist()
    exact = found.logits.astype(np.float64)
    logs = exact.max(axis=1) - np.log(np.exp(exact).sum(axis=1))
    np.testing.assert_allclose([each.log_probability for each in found.likeliest], logs, atol=1e-5)


def test_logits_that_were_overwritten_are_not_handed_out(model: GpuModel) -> None:
    cache = model.new_cache(8)
    early = model.step(cache, 0, [1, 2, 3], 1)
    kept = model.step(cache, 3, [4], 1)
    with pytest.raises(RuntimeError, match="overwritten"):
        _ = early.logits
    fetched = kept.logits
    model.step(cache, 4, [5], 1)
    np.testing.assert_array_equal(kept.logits, fetched)


def test_a_cache_can_be_filled_to_its_end(model: GpuModel, reference: Callable[[Sequence[int]], Floats]) -> None:
    tokens = list(range(CONTEXT_TOKENS))
    cache = model.new_cache(CONTEXT_TOKENS)
    for place in range(0, CONTEXT_TOKENS - 6, 6):
        model.step(cache, place, tokens[place : place + 6], 0)
    last = step(model, cache, cache.filled, tokens[cache.filled :], 1)
    np.testing.assert_allclose(last[0], reference(tokens)[-1], atol=CLOSE)


@pytest.mark.parametrize("capacity", [32, 48], ids=["on the device", "by way of the host"])
@pytest.mark.parametrize("keep", [0, 1, 15, 20])
def test_a_copy_goes_on_like_the_original_and_apart_from_it(
    model: GpuModel, reference: Callable[[Sequence[int]], Floats], keep: int, capacity: int
) -> None:
    tokens, more = list(range(20)), [7, 8, 9]
    source, target = model.new_cache(32), model.new_cache(capacity)
    model.step(source, 0, tokens, 0)
    model.step(target, 0, tokens[::-1], 0)
    model.copy(source, target, keep)
    assert target.filled == keep
    np.testing.assert_allclose(step(model, target, keep, more, 1)[0], reference(tokens[:keep] + more)[-1], atol=CLOSE)
    np.testing.assert_allclose(step(model, source, 20, more, 1)[0], reference(tokens + more)[-1], atol=CLOSE)


def test_each_cache_has_recordings_of_its_own(spec: ModelSpec) -> None:
    opened = open_on(RECORDING, spec)
    caches = [opened.new_cache(16), opened.new_cache(16)]
    numbers = [
        options.get_run_config_entry("gpu_graph_id") for cache in caches for options in cache.recordings.values()
    ]
    assert [tuple(cache.recordings) for cache in caches] == [FORMS, FORMS]
    assert len(set(numbers)) == 2 * len(FORMS)
    assert opened._plainly.get_run_config_entry("gpu_graph_id") == "-1"


def test_every_draft_fits_a_form() -> None:
    assert FORMS[-1] == 1 + LONGEST_DRAFT


def test_a_cache_is_of_float16(model: GpuModel) -> None:
    spec = model.spec
    assert model.new_cache(32).nbytes == spec.layers * 2 * spec.kv_heads * 32 * spec.head_dim * 2


def test_a_cache_of_another_device_is_refused(model: GpuModel) -> None:
    foreign = NullDevice().open(NULL_MODEL).new_cache(8)
    with pytest.raises(TypeError, match="its own caches"):
        model.step(foreign, 0, [1], 1)


def test_a_step_that_cannot_be_changes_nothing(model: GpuModel, reference: Callable[[Sequence[int]], Floats]) -> None:
    cache = model.new_cache(8)
    model.step(cache, 0, [1, 2, 3], 0)
    with pytest.raises(ValueError, match="capacity"):
        model.step(cache, 3, [1] * 6, 1)
    np.testing.assert_allclose(step(model, cache, 3, [4], 1)[0], reference([1, 2, 3, 4])[-1], atol=CLOSE)


def test_a_graph_of_another_precision_is_refused_by_either_device(spec: ModelSpec, tmp_path: Path) -> None:
    with pytest.raises(ModelRefused, match="does not compute in float16"):
        open_on(PROCESSOR, write_tiny(tmp_path, FLOAT32))
    with pytest.raises(ModelRefused, match="computes in float16, which is for --device gpu"):
        CpuDevice().open(spec)


def test_a_graph_that_is_not_there_is_refused(spec: ModelSpec, tmp_path: Path) -> None:
    for provider in (PROCESSOR, RECORDING):
        with pytest.raises(ModelRefused, match="tandem models pull"):
            open_on(provider, replace(spec, graph=tmp_path / "model.onnx"))


@pytest.mark.filterwarnings("ignore:Specified provider 'CUDAExecutionProvider'")
@pytest.mark.parametrize("provider", [CUDA, Provider("AzureExecutionProvider", "Azure")], ids=lambda each: each.title)
def test_a_provider_that_leaves_the_model_to_the_processor_is_refused(spec: ModelSpec, provider: Provider) -> None:
    """The one is not there and the other is, and takes no node."""
    with pytest.raises(ModelRefused, match=f"{provider.title} does not take all of") as refused:
        open_on(provider, spec)
    assert str(refused.value).count(": ") == 1


def out_of_memory(*_: object, **__: object) -> None:
    raise RuntimeError("Failed to allocate memory for requested buffer of size 4096\nand much more")


@pytest.mark.parametrize("where", ["hardware.copier.Copier", "hardware.gpu.GpuModel", "hardware.gpu_model.OrtValue"])
def test_memory_that_ends_while_opening_is_one_sentence(
    spec: ModelSpec, monkeypatch: pytest.MonkeyPatch, where: str
) -> None:
    full = SimpleNamespace(ortvalue_from_numpy=out_of_memory) if where.endswith("OrtValue") else out_of_memory
    monkeypatch.setattr(where, full)
    with pytest.raises(ModelRefused, match=r"Failed to allocate memory .*: use --device cpu\.$") as refused:
        open_on(RECORDING, spec)
    assert "\n" not in str(refused.value)


def test_a_cache_without_memory_is_one_sentence(spec: ModelSpec, monkeypatch: pytest.MonkeyPatch) -> None:
    model = open_on(PROCESSOR, spec)
    monkeypatch.setattr("hardware.gpu_model.OrtValue", SimpleNamespace(ortvalue_from_numpy=out_of_memory))
    with pytest.raises(ModelRefused, match=r"a cache of 16 tokens of .* or use --device cpu\.$"):
        model.new_cache(16)


def test_where_nothing_can_be_recorded_each_kernel_is_launched_by_itself(
    spec: ModelSpec, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """The processor's provider knows no such option; what a card that cannot record says comes from here."""
    recorded: list[bool] = []

    def refuse_to_record(model: GpuModel, _device: str) -> None:
        recorded.append(bool(model.new_cache(16).recordings))
        if recorded[-1]:
            raise RuntimeError("operation not permitted when stream is capturing")

    monkeypatch.setattr("hardware.gpu.prove", refuse_to_record)
    opened = open_on(RECORDING, spec)
    assert recorded == [True, False]
    assert opened.new_cache(16).recordings == {}
    assert "stream is capturing" in caplog.text


def test_the_device_is_there_or_says_why_not() -> None:
    try:
        device = GpuDevice()
    except DeviceUnavailable as error:
        assert "use --device cpu" in str(error)  # noqa: PT017  which of the two it is depends on the machine
    else:
        assert (device.spec.name, device.spec.half) == ("gpu", True)
