from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import msgspec
import pytest
from support import tiny
from support.onboard import Onboard
from support.site import Site

from engine import loading
from engine.choice import judge
from engine.choice.cost import Cost, measure
from engine.choice.notebook import Notebook
from engine.config import EngineConfig
from engine.errors import Crowded, FetchError, UnknownModel
from engine.loading import open_core
from engine.messages import Complete, Completed, Loading
from engine.models import prepare
from engine.models.catalog import LocalFile
from engine.models.prepare import prepare_entry
from hardware.device import ModelRefused, UnknownDevice
from hardware.registry import open_device

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from engine.choice.cost import Measured
    from engine.core import Core
    from engine.models.catalog import Entry
    from hardware.device import Device, DeviceSpec, Model, ModelSpec


def unheard(_: Loading) -> None:
    pass


def finish(core: Core, prefix: str) -> Completed:
    request = Complete(id=1, document="a", prefix=prefix, suffix="", shape="line", budget_ms=60_000, max_tokens=9)
    core.submit(request)
    while True:
        for event in core.step():
            assert isinstance(event, Completed)
            return event


def entry(name: str, shelf: Path) -> Entry:
    """Put weights for a tiny model on the shelf."""
    gguf = shelf / f"{name}.gguf"
    tiny.write_gguf(gguf)
    published = tiny.publish(Site(), gguf.read_bytes())
    return msgspec.structs.replace(published, name=name, file=gguf.name, sources=(LocalFile(gguf.name),))


def only_for(name: str, really: Callable[[Model, DeviceSpec], Measured]) -> Callable[[Model, DeviceSpec], Measured]:
    """Measure this model, and fail with others."""

    def measured(model: Model, device: DeviceSpec) -> Measured:
        assert model.spec.name == name
        return really(model, device)

    return measured


@dataclass(frozen=True)
class Renamed:
    """A device that goes by another name."""

    device: Device
    spec: DeviceSpec

    def open(self, model: ModelSpec) -> Model:
        return self.device.open(model)


@dataclass(frozen=True)
class Full:
    """A device that opens nothing."""

    spec: DeviceSpec

    def open(self, _: ModelSpec) -> Model:
        raise ModelRefused("The card is full.")


@dataclass(frozen=True)
class Machine:
    """One on which the catalogue's two models are tiny."""

    config: EngineConfig
    large: Entry
    small: Entry

    def take_away(self, model: Entry) -> None:
        """Leave the model with no source."""
        (self.config.bundles / model.file).unlink()

    def has(self, model: Entry) -> bool:
        """Whether the model's bundle was made."""
        return (self.config.bundles / model.name).exists()


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Machine:
    config = EngineConfig(device="cpu", threads=1, cache_dir=str(tmp_path))
    machine = Machine(config, entry("large", tmp_path), entry("small", tmp_path))
    monkeypatch.setattr(loading, "DEFAULT", machine.large)
    monkeypatch.setattr(loading, "SMALL", machine.small)
    return machine


def test_without_a_model_the_null_device_completes() -> None:
    core, ready = open_core(EngineConfig(device="null"), unheard)
    assert (ready.model, ready.device, ready.context, ready.note) == ("null", "null", 1024, "")
    assert ready.step_ms > 0
    assert finish(core, "price = 1\nprint(price)\npri").text == "nt(price)"


def test_a_model_is_made_and_opened(machine: Machine) -> None:
    told: list[Loading] = []
    core, ready = open_core(machine.config, told.append)
    assert (ready.model, ready.device, ready.threads, ready.note) == ("large", "cpu", 1, "")
    assert ready.context == tiny.CONTEXT_TOKENS
    assert ready.step_ms > 0
    assert told[-1] == Loading(stage="load")
    assert finish(core, "a = ").tokens > 0


def test_a_device_that_wants_float16_gets_a_bundle_of_it(machine: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(loading, "open_device", lambda *_: Onboard())
    core, ready = open_core(machine.config, unheard)
    assert (ready.model, ready.device, ready.note) == ("large-fp16", "gpu", "")
    assert (machine.config.bundles / "large-fp16").is_dir()
    assert not (machine.config.bundles / "large").exists()
    assert finish(core, "a = ").tokens > 0


def test_a_folder_is_opened_as_it_is(machine: Machine) -> None:
    made = prepare_entry(machine.small, machine.config, unheard)
    elsewhere = made.root.rename(made.root.with_name("elsewhere"))
    _, ready = open_core(msgspec.structs.replace(machine.config, model=str(elsewhere)), unheard)
    assert (ready.model, ready.note) == ("small", "")


def test_little_memory_takes_the_small_model(machine: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(judge, "MEMORY_PER_WEIGHT_BYTE", 1 << 40)
    _, ready = open_core(machine.config, unheard)
    assert ready.model == "small"
    assert ready.note.startswith("small is used: large needs ")
    assert not machine.has(machine.large)


def test_slow_steps_take_the_small_model(machine: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(judge, "LONGEST_STEP_BUDGETS", -1.0)
    _, ready = open_core(machine.config, unheard)
    assert ready.model == "small"
    assert "a token of large takes" in ready.note


def test_slow_is_better_than_nothing(machine: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(judge, "LONGEST_STEP_BUDGETS", -1.0)
    machine.take_away(machine.small)
    core, ready = open_core(machine.config, unheard)
    assert ready.model == "large"
    assert ready.note.startswith("Suggestions will be slow: a token of large takes")
    assert finish(core, "a = ").tokens > 0


def test_a_default_that_cannot_be_had_gives_way_to_a_small_one_that_is_there(machine: Machine) -> None:
    machine.take_away(machine.large)
    with pytest.raises(FetchError, match="large"):
        open_core(machine.config, unheard)
    prepare_entry(machine.small, machine.config, unheard)
    _, ready = open_core(machine.config, unheard)
    assert ready.model == "small"
    assert "large" in ready.note


def test_what_opening_measures_is_noted_and_a_note_spares_opening(
    machine: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = msgspec.structs.replace(machine.config, threads=0)
    _, ready = open_core(config, unheard)
    assert ready.model == "large"
    bundle = prepare_entry(machine.large, config, unheard)
    device = open_device("cpu")
    noted = Notebook(config).cost(bundle.root, device.spec)
    assert noted is not None
    assert 0 < noted.step_ms <= ready.step_ms
    monkeypatch.setattr(judge, "LONGEST_STEP_BUDGETS", noted.step_ms / judge.BUDGET_MS / 2)
    monkeypatch.setattr(loading, "measure", only_for("small", measure))
    _, ready = open_core(config, unheard)
    assert ready.model == "small"
    assert "tandem devices --fresh" in ready.note


def test_a_device_that_is_noted_to_be_faster_is_taken(machine: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    config = msgspec.structs.replace(machine.config, threads=0, device="auto")
    bundle = prepare_entry(machine.large, config, unheard)
    cpu = open_device("cpu")
    faster = replace(cpu.spec, name="gpu", description="a card")

    def open_either(name: str, _threads: int = 0) -> Device:
        return Renamed(cpu, faster) if name == "gpu" else cpu

    monkeypatch.setattr(loading, "open_device", open_either)
    monkeypatch.setattr(loading, "find", lambda _: machine.large)
    assert open_core(config, unheard)[1].device == "cpu"
    Notebook(config).note(bundle, faster, Cost(step_ms=1e-6, chunk_tokens=16, chunk_ms=1e-6))
    assert open_core(config, unheard)[1].device == "gpu"
    faster = replace(faster, description="another card")
    assert open_core(config, unheard)[1].device == "cpu"


@pytest.mark.parametrize("model", ["auto", "large"])
@pytest.mark.parametrize("name", ["gpu", "npu"])
def test_a_faster_device_that_fails_gives_way_to_the_processor(
    machine: Machine, monkeypatch: pytest.MonkeyPatch, model: str, name: str
) -> None:
    config = msgspec.structs.replace(machine.config, threads=0, device="auto", model=model)
    bundle = prepare_entry(machine.large, config, unheard)
    cpu = open_device("cpu")
    card = replace(cpu.spec, name=name, description="a card")
    monkeypatch.setattr(
        loading, "open_device", lambda asked, threads=0: Full(card) if asked == "gpu" else open_device(asked, threads)
    )
    monkeypatch.setattr(loading, "find", lambda _: machine.large)
    monkeypatch.setattr(prepare, "find", lambda _: machine.large)
    Notebook(config).note(bundle, card, Cost(step_ms=1e-6, chunk_tokens=16, chunk_ms=1e-6))
    _, ready = open_core(config, unheard)
    assert (ready.model, ready.device) == ("large", "cpu")
    assert ready.note == ("cpu is used: The card is full." if name == "gpu" else "")
    if name == "gpu":
        with pytest.raises(ModelRefused, match="full"):  # who names it gets it, or hears why not
            open_core(msgspec.structs.replace(config, device="gpu"), unheard)


@pytest.mark.parametrize("model", ["auto", "small"])
def test_beside_another_engine_it_does_not_make_do_with_less(
    machine: Machine, monkeypatch: pytest.MonkeyPatch, model: str
) -> None:
    small = str(prepare_entry(machine.small, machine.config, unheard).root)
    config = msgspec.structs.replace(machine.config, beside=True, model=small if model == "small" else model)
    monkeypatch.setattr(judge, "MEMORY_PER_WEIGHT_BYTE", 1 << 40)
    with pytest.raises(Crowded, match="of memory and"):
        open_core(config, unheard)


def test_what_there_is_not_is_said() -> None:
    with pytest.raises(UnknownDevice, match="abacus"):
        open_core(EngineConfig(device="abacus"), unheard)
    with pytest.raises(UnknownModel, match="gpt-9"):
        open_core(EngineConfig(model="gpt-9", device="cpu"), unheard)
