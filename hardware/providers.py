"""ONNX Runtime's providers for graphics cards, and whether one of them can be used here.

Invariant: a provider is handed out only if the installed ONNX Runtime offers it and what it needs was found. Otherwise
the error says what was found, what was not, and which commands mend it: left to itself, ONNX Runtime writes a page of
log and computes on the processor.
"""

# ONNX Runtime annotates some of its functions and not others.
# mypy: untyped-calls-exclude=onnxruntime

from __future__ import annotations

import io
import sys
from contextlib import redirect_stdout
from dataclasses import dataclass, field
from importlib import metadata
from typing import TYPE_CHECKING

from hardware.device import DeviceUnavailable
from hardware.nvidia import NoCard, first_card
from hardware.runtime import CUDA_VERSION, VERSION, get_available_providers, preload_dlls

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from hardware.nvidia import Card


@dataclass(frozen=True, slots=True)
class Provider:
    """A provider by ONNX Runtime's name, with its options.

    `memory` is where its buffers lie, in the names that ONNX Runtime's OrtValue takes; `captures` names the option that
    has the kernels of a step recorded once and launched together.
    """

    name: str
    title: str
    memory: str = "cpu"
    options: dict[str, str] = field(default_factory=dict)
    captures: str = ""


CUDA = Provider(
    "CUDAExecutionProvider",
    "CUDA",
    memory="cuda",
    # Buffers of many lengths come and go; the sums of squares under a norm do not fit float16.
    options={"arena_extend_strategy": "kSameAsRequested", "enable_skip_layer_norm_strict_mode": "1"},
    captures="enable_cuda_graph",
)
PROVIDERS = (
    CUDA,
    Provider("DmlExecutionProvider", "DirectML", memory="dml"),
    Provider("OpenVINOExecutionProvider", "OpenVINO", options={"device_type": "GPU"}),
    Provider("CoreMLExecutionProvider", "Core ML", options={"ModelFormat": "MLProgram", "MLComputeUnits": "ALL"}),
)
"""In the order of preference. Only CUDA's has been read up on kernel by kernel; none has been tried on a card."""


def _packages() -> dict[str, str]:
    """Give the installed packages that bring ONNX Runtime, and their versions: all of them write one folder.

    A folder that an interrupted removal left behind has neither name nor version.
    """
    found = {each.name.lower(): each for each in metadata.distributions() if each.name}
    return {name: each.version for name, each in found.items() if name.split("-")[0] == "onnxruntime"}


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What is looked at to tell whether a provider can be used; tests put something else in its place.

    `cuda` is the version of CUDA that ONNX Runtime was built for, "" where it was built without.
    """

    available: Callable[[], Sequence[str]] = get_available_providers
    card: Callable[[], Card] = first_card
    preload: Callable[[], None] = preload_dlls
    packages: Callable[[], dict[str, str]] = _packages
    cuda: str = CUDA_VERSION


HERE = Surroundings()
_FAILED = "Failed to load "
_PIP = f"{sys.executable} -m pip"
_LIBRARIES = f'`{_PIP} install "onnxruntime-gpu[cuda,cudnn]"`'
_REPLACE = f"`{_PIP} uninstall -y onnxruntime onnxruntime-gpu` and then {_LIBRARIES}"


def find(here: Surroundings = HERE) -> tuple[Provider, Card | None]:
    """Give the first provider that can be used, and the card where it is NVIDIA's. Raises DeviceUnavailable."""
    offered = [provider for provider in PROVIDERS if provider.name in here.available()]
    if not offered:
        raise DeviceUnavailable(_without_provider(here))
    if offered[0] is not CUDA:
        return offered[0], None
    return CUDA, _card(here)


def _without_provider(here: Surroundings) -> str:
    """Say what to do where the installed ONNX Runtime computes on the processor alone."""
    try:
        card = here.card()
    except NoCard as problem:
        return (
            f"No graphics card can be used: {problem}, and ONNX Runtime {VERSION} as installed has no provider for "
            f"other cards: with one of NVIDIA's install its driver and run {_REPLACE}, or use --device cpu."
        )
    packages = here.packages()
    installed = " and ".join(f"{name} {version}" for name, version in sorted(packages.items()))
    overwritten = ", which write the same folder" if len(packages) > 1 else ""
    return (
        f"{card.name} is here, but ONNX Runtime as installed ({installed}{overwritten}) has no CUDA provider: "
        f"run {_REPLACE}, or use --device cpu."
    )


def _card(here: Surroundings) -> Card:
    """Give the card, if what CUDA needs is here. Raises DeviceUnavailable."""
    try:
        card = here.card()
    except NoCard as problem:
        raise DeviceUnavailable(
            f"ONNX Runtime {VERSION} has a CUDA provider, but {problem}: install NVIDIA's driver, or use --device cpu."
        ) from problem
    if card.cuda[0] < int(here.cuda.partition(".")[0] or 0):
        raise DeviceUnavailable(
            f"{card.name}'s driver runs CUDA {card.cuda[0]}.{card.cuda[1]} at most, and ONNX Runtime {VERSION} needs "
            f"{here.cuda}: renew the driver, or use --device cpu."
        )
    missing = _missing_library(here)
    if missing:
        raise DeviceUnavailable(
            f"{card.name} is here, but CUDA's {missing} cannot be loaded: run {_LIBRARIES}, or use --device cpu."
        )
    return card


def _missing_library(here: Surroundings) -> str:
    """Load CUDA's libraries, from packages or the system; gives the first that cannot be, "" where all can.

    ONNX Runtime tells of those by printing, and our standard output belongs to somebody else.
    """
    with redirect_stdout(io.StringIO()) as said:
        here.preload()
    failed = [line.removeprefix(_FAILED) for line in said.getvalue().splitlines() if line.startswith(_FAILED)]
    return failed[0].partition(": ")[0] if failed else ""
