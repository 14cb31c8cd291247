"""What is said of graphics cards: every kind of machine that the door can stand on."""

from __future__ import annotations

import sys
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

import pytest

from hardware.device import DeviceUnavailable
from hardware.nvidia import Card, NoCard
from hardware.providers import CUDA, HERE, PROVIDERS, Surroundings, find
from hardware.runtime import get_available_providers

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

CARD = Card("NVIDIA Test 4000", 24_000_000_000, (13, 0))
NO_DRIVER = "no NVIDIA driver is installed here (libcuda.so.1 cannot be loaded)"
# As onnxruntime-gpu 1.31.1 prints it on a machine without CUDA's libraries.
NO_CUBLAS = "Failed to load libcublasLt.so.13: libcublasLt.so.13: cannot open shared object file: No such file"


def no_driver() -> Card:
    raise NoCard(NO_DRIVER)


def machine(
    *available: str,
    card: Callable[[], Card] = lambda: CARD,
    prints: str = "",
    packages: Sequence[str] = ("onnxruntime-gpu",),
) -> Surroundings:
    """A machine whose ONNX Runtime offers these providers and the processor's."""
    return Surroundings(
        available=lambda: [*available, "CPUExecutionProvider"],
        card=card,
        preload=partial(print, prints),
        packages=lambda: dict.fromkeys(packages, "1.31.1"),
        cuda="13.0",
    )


def refusal(here: Surroundings) -> str:
    with pytest.raises(DeviceUnavailable) as refused:
        find(here)
    said = str(refused.value)
    assert said.endswith("use --device cpu.")
    assert "\n" not in said
    return said


def test_a_card_with_all_it_needs_can_be_used() -> None:
    assert find(machine("TensorrtExecutionProvider", "CUDAExecutionProvider")) == (CUDA, CARD)


@pytest.mark.parametrize("provider", PROVIDERS[1:], ids=lambda provider: provider.title)
def test_other_providers_need_no_nvidia_card(provider: object) -> None:
    assert find(machine(getattr(provider, "name", ""), card=no_driver)) == (provider, None)


def test_without_driver_and_provider_both_are_said_to_be_missing() -> None:
    said = refusal(machine("AzureExecutionProvider", card=no_driver, packages=["onnxruntime"]))
    assert NO_DRIVER in said
    assert "no provider for other cards" in said
    assert "install its driver" in said


def test_without_a_driver_it_is_what_has_to_be_installed() -> None:
    said = refusal(machine("CUDAExecutionProvider", card=no_driver))
    assert NO_DRIVER in said
    assert "install NVIDIA's driver" in said


def test_a_card_beside_a_runtime_for_the_processor_is_told_what_to_install() -> None:
    said = refusal(machine("AzureExecutionProvider", packages=["onnxruntime"]))
    assert "NVIDIA Test 4000 is here" in said
    assert f"`{sys.executable} -m pip uninstall -y onnxruntime onnxruntime-gpu`" in said
    assert f'`{sys.executable} -m pip install "onnxruntime-gpu[cuda,cudnn]"`' in said
    assert "same folder" not in said


def test_two_runtimes_in_one_folder_are_named() -> None:
    said = refusal(machine(packages=["onnxruntime", "onnxruntime-gpu"]))
    assert "onnxruntime 1.31.1 and onnxruntime-gpu 1.31.1, which write the same folder" in said


def test_a_driver_that_is_too_old_is_said_to_be() -> None:
    said = refusal(machine("CUDAExecutionProvider", card=lambda: replace(CARD, cuda=(12, 4))))
    assert "runs CUDA 12.4 at most" in said
    assert "13.0" in said


def test_a_library_that_cannot_be_loaded_is_named_and_nothing_is_printed(capsys: pytest.CaptureFixture[str]) -> None:
    said = refusal(machine("CUDAExecutionProvider", prints=f"{NO_CUBLAS}\nPlease follow the installation guide."))
    assert "CUDA's libcublasLt.so.13 cannot be loaded" in said
    assert 'pip install "onnxruntime-gpu[cuda,cudnn]"' in said
    assert capsys.readouterr() == ("", "")


def test_here_is_what_onnx_runtime_and_the_packages_say() -> None:
    assert HERE.available() == get_available_providers()
    assert any(name.startswith("onnxruntime") for name in HERE.packages())


def test_what_an_interrupted_removal_left_behind_is_no_package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "~nnxruntime-1.0.dist-info").mkdir()
    monkeypatch.syspath_prepend(tmp_path)
    assert any(name.startswith("onnxruntime") for name in HERE.packages())
