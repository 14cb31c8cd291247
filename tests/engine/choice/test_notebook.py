from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import msgspec
import pytest

from engine.choice import notebook
from engine.choice.cost import Cost
from engine.choice.notebook import FILE, Notebook
from engine.config import EngineConfig
from engine.models.bundle import MANIFEST
from hardware.device import DeviceSpec

if TYPE_CHECKING:
    from pathlib import Path

    from engine.models.bundle import Bundle

CPU = DeviceSpec(name="cpu", description="a processor, runtime 1", threads=2, memory_bytes=1)
COST = Cost(step_ms=20, chunk_tokens=16, chunk_ms=35)


@pytest.fixture
def config(tmp_path: Path) -> EngineConfig:
    return EngineConfig(cache_dir=str(tmp_path))


@pytest.fixture
def bundle(config: EngineConfig, tiny_bundle: Bundle) -> Bundle:
    Notebook(config).note(tiny_bundle, CPU, COST)
    return tiny_bundle


def test_what_was_noted_is_known_at_the_next_start(config: EngineConfig, bundle: Bundle) -> None:
    assert Notebook(config).cost(bundle.root, CPU) == COST
    assert Notebook(config, fresh=True).cost(bundle.root, CPU) is None


def test_the_best_that_was_measured_is_kept(config: EngineConfig, bundle: Bundle) -> None:
    slower = msgspec.structs.replace(COST, step_ms=40)
    assert Notebook(config).note(bundle, CPU, slower) == COST
    faster = msgspec.structs.replace(COST, step_ms=10)
    Notebook(config).note(bundle, CPU, faster)
    assert Notebook(config).cost(bundle.root, CPU) == faster
    assert len(Notebook(config).notes(bundle.root)) == 1


def test_another_machine_knows_nothing(config: EngineConfig, bundle: Bundle, monkeypatch: pytest.MonkeyPatch) -> None:
    elsewhere = msgspec.structs.replace(notebook.here(), quota_cores=0.5)
    monkeypatch.setattr(notebook, "here", lambda: elsewhere)
    assert Notebook(config).cost(bundle.root, CPU) is None
    Notebook(config).note(bundle, CPU, COST)
    assert Notebook(config).cost(bundle.root, CPU) == COST


def test_another_bundle_or_device_is_not_known(config: EngineConfig, bundle: Bundle) -> None:
    assert Notebook(config).cost(bundle.root, replace(CPU, description="a processor, runtime 2")) is None
    (bundle.root / MANIFEST).write_bytes((bundle.root / MANIFEST).read_bytes() + b"\n")
    assert Notebook(config).cost(bundle.root, CPU) is None
    assert Notebook(config).cost(bundle.root / "nowhere", CPU) is None


@pytest.mark.parametrize("damage", [b"", b"{", b"[]", b"\xff\xfe", b'{"place": 1}'])
def test_a_damaged_file_is_as_good_as_none(config: EngineConfig, bundle: Bundle, damage: bytes) -> None:
    (config.bundles / FILE).write_bytes(damage)
    assert Notebook(config).cost(bundle.root, CPU) is None
    Notebook(config).note_bandwidth(3e10)
    assert Notebook(config).bytes_per_s == 3e10


def test_what_cannot_be_written_is_no_error(tmp_path: Path, bundle: Bundle) -> None:
    (tmp_path / "file").touch()
    book = Notebook(EngineConfig(cache_dir=str(tmp_path / "file")))
    assert book.note(bundle, CPU, COST) == COST
    assert book.cost(bundle.root, CPU) == COST
