"""What the engine makes of a device with a clock of its own: it adds up and tells, and goes by the wall's."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pytest
from msgspec.structs import replace
from support.cores import CODE, Clock, SlowModel, answer, complete, null_core, null_model, run
from support.ticking import TickingClock, ticking_wafer
from support.tiny import write_model

from engine.core import Core
from engine.messages import Completed, Warm
from engine.models.quantize import INT8
from engine.prompt import NULL_FORMAT
from engine.tokenizer import byte_tokenizer
from hardware.cpu import CpuDevice
from hardware.wafer.device import WaferModel

if TYPE_CHECKING:
    from collections.abc import Sequence

    from engine.messages import Timings
    from hardware.device import Cache, Model, ModelSpec, SimulatedSeconds, Step

PREFIX, SUFFIX = CODE + "def tot", "\n"
TOKEN_MS = 10.0


@dataclass
class Counted:
    """A model that keeps what its steps took by its simulated clock."""

    inner: Model
    taken: list[SimulatedSeconds] = field(default_factory=list)

    @property
    def spec(self) -> ModelSpec:
        return self.inner.spec

    def new_cache(self, capacity: int) -> Cache:
        return self.inner.new_cache(capacity)

    def step(self, cache: Cache, keep: int, tokens: Sequence[int], rows: int) -> Step:
        step = self.inner.step(cache, keep, tokens, rows)
        assert step.timing.simulated is not None
        self.taken.append(step.timing.simulated)
        return step

    def copy(self, source: Cache, target: Cache, keep: int) -> None:
        self.inner.copy(source, target, keep)

    def close(self) -> None:
        self.inner.close()

    @property
    def taken_ms(self) -> float:
        return sum(each.milliseconds for each in self.taken)


def wafer_core(clock: TickingClock = TickingClock()) -> tuple[Core, Counted]:  # noqa: B008 - frozen
    """A core whose tokens take TOKEN_MS on the wall, which stands still otherwise."""
    tokenizer, wall = byte_tokenizer(), Clock()
    model = Counted(WaferModel(SlowModel(null_model(tokenizer), wall, TOKEN_MS / 1e3), clock))
    return Core(model, tokenizer, NULL_FORMAT, context_tokens=1024, caches=3, clock=wall), model


def simulated_ms(timings: Timings) -> float:
    assert timings.simulated_ms is not None
    return timings.simulated_ms


@pytest.mark.parametrize("step_s", [1e-6, 1000.0])
def test_an_answer_is_charged_with_its_steps_and_the_wall_with_none_of_it(step_s: float) -> None:
    core, model = wafer_core(TickingClock(step_s=step_s))
    timings = answer(core, complete(1, PREFIX, SUFFIX)).timings
    assert len(model.taken) > 3
    assert simulated_ms(timings) == pytest.approx(model.taken_ms)
    assert timings.queue_ms == 0
    assert timings.device_ms == pytest.approx(timings.prefill_ms + timings.decode_ms)
    assert TOKEN_MS * timings.prefilled_tokens <= timings.device_ms < 1e4


def test_deadlines_chunks_and_drafts_go_by_the_wall() -> None:
    request = complete(1, PREFIX, SUFFIX, budget_ms=60_000)
    hurried, slow_clock = wafer_core(TickingClock(step_s=1000.0))
    usual, fast_clock = wafer_core(TickingClock(step_s=1e-9))
    assert answer(hurried, request).stop == answer(usual, request).stop == "line"
    assert len(slow_clock.taken) == len(fast_clock.taken)


def test_what_was_computed_ahead_is_part_of_the_simulated_time_alone() -> None:
    core, model = wafer_core()
    assert run(core, Warm(document="a", prefix=PREFIX, suffix=SUFFIX, shape="line", max_tokens=300)) == []
    taken_ms = model.taken_ms
    timings = answer(core, complete(1, PREFIX, SUFFIX)).timings
    assert timings.device_ms == 0
    assert simulated_ms(timings) == pytest.approx(taken_ms)


def test_behind_what_was_typed_only_the_decoding_from_there_on_counts() -> None:
    core, _ = wafer_core()
    whole = answer(core, complete(1, PREFIX, SUFFIX))
    rest = answer(core, complete(2, PREFIX + whole.text[:4], SUFFIX))
    assert rest.text == whole.text[4:]
    assert 0 <= simulated_ms(rest.timings) < simulated_ms(whole.timings) - TickingClock().step_s * 1000


def test_candidates_beside_the_answer_count_as_well() -> None:
    alone, _ = wafer_core()
    one = answer(alone, complete(1, PREFIX, SUFFIX)).timings
    core, model = wafer_core()
    timings = answer(core, replace(complete(1, PREFIX, SUFFIX), candidates=3)).timings
    assert simulated_ms(timings) == pytest.approx(model.taken_ms)
    assert simulated_ms(timings) > simulated_ms(one)


def test_a_device_without_such_a_clock_says_nothing() -> None:
    timings = answer(null_core(), complete(1, PREFIX, SUFFIX)).timings
    assert timings.simulated_ms is None
    assert timings.device_ms > 0


@pytest.fixture(scope="module")
def spec(tmp_path_factory: pytest.TempPathFactory) -> ModelSpec:
    return write_model(tmp_path_factory.mktemp("tiny"), INT8)


def texts(model: Model) -> list[tuple[str, float]]:
    """What a core says at a few places, with how sure it is."""
    core = Core(model, byte_tokenizer(), NULL_FORMAT, context_tokens=64, caches=2)
    said = [run(core, complete(number, CODE[number : number + 30], SUFFIX)) for number in range(0, 120, 20)]
    return [(event.text, event.confidence) for (event,) in said if isinstance(event, Completed)]


def test_suggestions_are_those_of_the_processor(spec: ModelSpec) -> None:
    processor, wafer = CpuDevice(1).open(spec), ticking_wafer(CpuDevice(1)).open(spec)
    expected = texts(processor)
    assert len(expected) == 6
    assert any(text for text, _ in expected)
    assert texts(wafer) == expected
    processor.close()
    wafer.close()
