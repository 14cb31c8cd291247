"""What a new graph must pass: the real models, as they are shipped, against float32 and the definition."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pytest
from support.likelihood import mean_nll, spec_of, windows
from support.onboard import PROCESSOR
from support.reference import Reference
from support.workers import threads
from tokenizers import Tokenizer

from engine.models.export import write_graph
from engine.models.quantize import FLOAT16, FLOAT32
from hardware.cpu import CpuDevice
from hardware.gpu import open_on

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from engine.models.bundle import Bundle
    from hardware.cpu import CpuModel

pytestmark = [pytest.mark.slow, pytest.mark.model, pytest.mark.timeout(1800)]

WINDOWS, WINDOW_TOKENS = 40, 512
LEAST_TOKENS = 20_000
WORST_NLL = 1.01  # of float32's
HALF_WINDOWS, WORST_HALF = 1, 0.002
REFERENCE_TOKENS = 96


class Case(NamedTuple):
    """One model: its weights, as shipped and in float32."""

    gguf: Path
    tokenizer: Tokenizer
    shipped: CpuModel
    exact: CpuModel


@pytest.fixture(scope="module", params=["smollm", "qwen"])
def case(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Case]:
    gguf: Path = request.getfixturevalue(f"{request.param}_gguf")
    bundle: Bundle = request.getfixturevalue(f"{request.param}_bundle")
    folder = tmp_path_factory.mktemp("exact")
    write_graph(gguf, folder, FLOAT32, lambda _: None)
    device = CpuDevice(threads())
    shipped, exact = device.open_appended(bundle.spec), device.open_appended(spec_of(gguf, folder / "model.onnx"))
    (folder / "model.onnx.data").unlink()  # two gigabytes, which are in memory by now
    yield Case(gguf, Tokenizer.from_file(str(bundle.tokenizer_path)), shipped, exact)
    shipped.close()
    exact.close()


def test_float32_equals_the_reference(case: Case) -> None:
    (ids,) = windows(case.tokenizer, 1, REFERENCE_TOKENS)
    logits = case.exact.step(case.exact.new_cache(len(ids)), 0, ids, len(ids)).logits
    np.testing.assert_allclose(logits, Reference(case.gguf).logits(ids), atol=1e-3)


def test_shipped_likelihood_is_within_a_hundredth(case: Case) -> None:
    sequences = windows(case.tokenizer, WINDOWS, WINDOW_TOKENS)
    assert sum(map(len, sequences)) >= LEAST_TOKENS
    exact, shipped = (mean_nll(model, sequences) for model in (case.exact, case.shipped))
    print(f"NLL {exact:.4f} in float32, {shipped:.4f} as shipped: {100 * (shipped / exact - 1):+.2f} %")  # noqa: T201  -s
    assert shipped <= WORST_NLL * exact


def test_float16_is_as_likely_as_float32(case: Case, tmp_path: Path) -> None:
    """With the processor's kernels: products in float32, all that is handed on between nodes in float16."""
    write_graph(case.gguf, tmp_path, FLOAT16, lambda _: None)
    half = open_on(PROCESSOR, spec_of(case.gguf, tmp_path / "model.onnx"))
    sequences = windows(case.tokenizer, HALF_WINDOWS, WINDOW_TOKENS)
    exact, found = (mean_nll(model, sequences) for model in (case.exact, half))
    half.close()
    print(f"NLL {exact:.4f} in float32, {found:.4f} in float16: {100 * (found / exact - 1):+.3f} %")  # noqa: T201  -s
    assert abs(found / exact - 1) < WORST_HALF


def test_shipped_steps_add_up_to_a_prefill(case: Case) -> None:
    (ids,) = windows(case.tokenizer, 1, 64)
    model = case.shipped
    whole = model.step(model.new_cache(len(ids)), 0, ids, len(ids)).logits.copy()
    cache, done = model.new_cache(128), 0
    for size in (1, 1, 2, 3, 5, 8, 1, 11, 32):
        step = model.step(cache, done, ids[done : done + size], size)
        np.testing.assert_allclose(step.logits, whole[done : done + size], atol=0.05)
        done += size
    assert done == len(ids)
