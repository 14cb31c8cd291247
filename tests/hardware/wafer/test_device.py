from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import onnx
import pytest
from support.ticking import TickingClock, ticking_wafer
from support.tiny import CONTEXT_TOKENS, write_model

from engine.models.quantize import INT8
from hardware.cpu import CpuDevice
from hardware.device import ModelRefused, SimulatedSeconds, Step, Timing, WallSeconds
from hardware.null import NULL_MODEL, NullDevice
from hardware.wafer.clock import clock_for
from hardware.wafer.device import WaferDevice, WaferModel, open_wafer
from hardware.wafer.errors import SpecError
from hardware.wafer.graph import read_graph
from hardware.wafer.spec import load

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from hardware.device import Cache, Model, ModelSpec

STEPS: Sequence[tuple[int, tuple[int, ...], int]] = [
    (0, (5, 6, 7, 8, 9, 10), 0),
    (6, (11,), 1),
    (7, (12, 13, 14), 3),
    (4, (15,), 1),
    (5, tuple(range(20, 40)), 2),
]


@pytest.fixture(scope="module")
def spec(tmp_path_factory: pytest.TempPathFactory) -> ModelSpec:
    return write_model(tmp_path_factory.mktemp("tiny"), INT8)


def compute(model: Model, cache: Cache) -> list[np.ndarray[tuple[int, ...], np.dtype[np.float32]]]:
    return [model.step(cache, keep, tokens, rows).logits.copy() for keep, tokens, rows in STEPS]


def test_what_it_computes_is_the_processor_s_bit_for_bit(spec: ModelSpec) -> None:
    processor, wafer = CpuDevice(1).open(spec), ticking_wafer(CpuDevice(1)).open(spec)
    cache = wafer.new_cache(32)
    assert cache.capacity == 32
    for expected, found in zip(compute(processor, processor.new_cache(32)), compute(wafer, cache), strict=True):
        np.testing.assert_array_equal(found, expected)
    copied, rest = wafer.new_cache(32), [13, 14]
    wafer.copy(cache, copied, 8)
    again = wafer.step(copied, 8, rest, 2).logits.copy()
    np.testing.assert_array_equal(again, wafer.step(cache, 8, rest, 2).logits)
    processor.close()
    wafer.close()


class Stopwatch:
    """A model whose steps take a fixed time on the wall."""

    spec = NULL_MODEL

    def __init__(self) -> None:
        self._model = NullDevice().open(NULL_MODEL)
        self.new_cache, self.copy, self.close = self._model.new_cache, self._model.copy, self._model.close

    def step(self, cache: Cache, keep: int, tokens: Sequence[int], rows: int) -> Step:
        return Step(self._model.step(cache, keep, tokens, rows).logits, Timing(WallSeconds(0.25)))


def test_each_step_has_both_times_and_the_wall_s_stays_the_wall_s() -> None:
    clock = TickingClock()
    model = WaferModel(Stopwatch(), clock)
    cache = model.new_cache(64)
    timings = [model.step(cache, keep, tokens, rows).timing for keep, tokens, rows in STEPS]
    assert [timing.wall for timing in timings] == [0.25] * len(STEPS)
    assert [timing.simulated for timing in timings] == [
        clock.seconds(keep, len(tokens), rows) for keep, tokens, rows in STEPS
    ]


def test_simulated_seconds_add_up_with_their_like_alone() -> None:
    assert SimulatedSeconds(0.5) + SimulatedSeconds(0.25) == SimulatedSeconds(0.75)
    assert (SimulatedSeconds(0.5) - SimulatedSeconds(0.25)).milliseconds == 250
    # mypy names each ignore that it has no use for: so it refuses these as well.
    with pytest.raises(TypeError):
        WallSeconds(1.0) + SimulatedSeconds(1.0)  # type: ignore[operator]
    with pytest.raises(AttributeError):
        SimulatedSeconds(1.0) + WallSeconds(1.0)  # type: ignore[operator]
    with pytest.raises(TypeError):
        Timing(WallSeconds(1.0), SimulatedSeconds(1.0)).wall < SimulatedSeconds(2.0)  # type: ignore[operator]  # noqa: B015


def test_a_model_without_a_graph_is_refused() -> None:
    with pytest.raises(ModelRefused, match="null has no graph to place on a wafer: start it with --device null"):
        open_wafer("wafer", "wse3", NullDevice()).open(NULL_MODEL)


@pytest.mark.parametrize("wafer", ["wse2", "wse3"])
def test_a_model_s_steps_are_timed_by_where_its_own_graph_was_placed(spec: ModelSpec, wafer: str) -> None:
    assert spec.graph is not None
    model = open_wafer("wafer", wafer, CpuDevice(1)).open(spec)
    cache = model.new_cache(32)
    clock = clock_for(read_graph(spec.graph, "tiny", CONTEXT_TOKENS), load(wafer), CONTEXT_TOKENS)
    for keep, tokens, rows in STEPS:
        timing = model.step(cache, keep, tokens, rows).timing
        assert timing.simulated == clock.seconds(keep, len(tokens), rows)
        assert timing.simulated > SimulatedSeconds(0.0)
    model.close()


def test_operators_that_the_wafer_does_not_know_are_named(
    spec: ModelSpec, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    assert spec.graph is not None
    strange = onnx.load(spec.graph, load_external_data=False)
    for node in strange.graph.node:
        if node.op_type == "GroupQueryAttention":
            node.output[0] += ".straight"
            bent = onnx.helper.make_node("Bend", [node.output[0]], [node.output[0].removesuffix(".straight")])
            strange.graph.node.insert(list(strange.graph.node).index(node) + 1, bent)
            break
    onnx.save(strange, tmp_path / "model.onnx")
    with pytest.raises(ModelRefused, match="cannot be loaded"):
        open_wafer("wafer", "wse3", CpuDevice(1)).open(replace(spec, graph=tmp_path / "model.onnx"))
    assert "Of Bend nothing is known" in caplog.text


def test_an_unknown_wafer_is_told_which_there_are() -> None:
    with pytest.raises(SpecError, match="There is no wafer 'wse9': take wse2 or wse3"):
        open_wafer("wafer", "wse9", NullDevice())


def test_a_model_that_cannot_be_placed_is_not_loaded(spec: ModelSpec) -> None:
    def refuse(model: ModelSpec) -> TickingClock:
        raise ModelRefused(f"{model.name} does not fit.")

    absent = replace(spec, graph=spec.graph and spec.graph / "absent")
    with pytest.raises(ModelRefused, match="tiny does not fit"):
        WaferDevice("wafer", "a wafer", CpuDevice(1), refuse).open(absent)


def test_it_says_whose_clock_it_has_and_what_computes() -> None:
    device, computer = ticking_wafer(CpuDevice(3)), CpuDevice(3)
    assert (device.spec.name, device.spec.threads) == ("wafer", 3)
    assert device.spec.memory_bytes == computer.spec.memory_bytes
    assert device.spec.description.startswith("the clock of a ticking wafer beside ONNX Runtime")
