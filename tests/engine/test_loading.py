from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import msgspec
import pytest
from support import tiny
from support.onboard import Onboard
from support.site import Site

from engine import loading
from engine.config import EngineConfig
from engine.errors import FetchError, UnknownModel
from engine.loading import open_core
from engine.messages import Complete, Completed, Loading
from engine.models.catalog import LocalFile
from engine.models.prepare import prepare_entry
from hardware.device import UnknownDevice

if TYPE_CHECKING:
    from pathlib import Path

    from engine.core import Core
    from engine.models.catalog import Entry


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
    monkeypatch.setattr(loading, "MEMORY_PER_WEIGHT_BYTE", 1 << 40)
    _, ready = open_core(machine.config, unheard)
    assert ready.model == "small"
    assert ready.note.startswith("small is used: large needs ")
    assert not machine.has(machine.large)


def test_slow_steps_take_the_small_model(machine: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(loading, "SLOWEST_STEP_MS", -1.0)
    _, ready = open_core(machine.config, unheard)
    assert ready.model == "small"
    assert "a token of large takes" in ready.note


def test_slow_is_better_than_nothing(machine: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(loading, "SLOWEST_STEP_MS", -1.0)
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


def test_what_there_is_not_is_said() -> None:
    with pytest.raises(UnknownDevice, match="abacus"):
        open_core(EngineConfig(device="abacus"), unheard)
    with pytest.raises(UnknownModel, match="gpt-9"):
        open_core(EngineConfig(model="gpt-9", device="cpu"), unheard)
