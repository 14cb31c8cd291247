"""The code for graphics cards, with the processor's kernels in the place of a card's and its memory for the card's."""

from __future__ import annotations

from typing import TYPE_CHECKING

from support.likelihood import spec_of
from support.tiny import write_gguf

from engine.models.export import write_graph
from engine.models.quantize import FLOAT16
from hardware.device import DeviceSpec
from hardware.gpu import open_on
from hardware.providers import Provider

if TYPE_CHECKING:
    from pathlib import Path

    from engine.models.quantize import Precision
    from hardware.device import ModelSpec
    from hardware.gpu_model import GpuModel

PROCESSOR = Provider("CPUExecutionProvider", "The processor")


class Onboard:
    """A device that passes the processor off as a card."""

    spec = DeviceSpec(name="gpu", description="the processor", threads=1, memory_bytes=0, half=True)

    def open(self, model: ModelSpec) -> GpuModel:
        """Open a graph of float16."""
        return open_on(PROCESSOR, model)


def write_tiny(folder: Path, precision: Precision = FLOAT16) -> ModelSpec:
    """Write a tiny model's graph into the folder."""
    write_gguf(folder / "tiny.gguf")
    write_graph(folder / "tiny.gguf", folder, precision, lambda _: None)
    return spec_of(folder / "tiny.gguf", folder / "model.onnx")
