"""The devices by name.

Invariant: looking a name up loads nothing heavy; a device's libraries are imported when it is opened.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from hardware.device import DeviceUnavailable, UnknownDevice

if TYPE_CHECKING:
    from collections.abc import Callable

    from hardware.device import Device

AUTO = "auto"
PREFERRED = "cpu"
"""What `auto` takes."""


@dataclass(frozen=True, slots=True)
class KnownDevice:
    """A device as a list shows it; `reason` says why it is not available, and what to do."""

    name: str
    available: bool
    reason: str
    description: str


def open_device(name: str, threads: int = 0) -> Device:
    """Open a device; `threads` 0 lets it choose. Raises UnknownDevice and DeviceUnavailable."""
    try:
        _, open_it = _DEVICES[PREFERRED if name == AUTO else name]
    except KeyError:
        names = ", ".join((AUTO, *_DEVICES))
        raise UnknownDevice(f"There is no device {name!r}; choose one of {names}.") from None
    return open_it(threads)


def known() -> list[KnownDevice]:
    """Every device, in the order of preference; opens each to see whether it would."""
    return [_look(name, description) for name, (description, _) in _DEVICES.items()]


def _look(name: str, description: str) -> KnownDevice:
    try:
        device = open_device(name)
    except DeviceUnavailable as error:
        return KnownDevice(name, available=False, reason=str(error), description=description)
    return KnownDevice(name, available=True, reason="", description=f"{description}: {device.spec.description}")


def _cpu(threads: int) -> Device:
    try:
        from hardware.cpu import CpuDevice  # noqa: PLC0415  loads ONNX Runtime
    except ImportError as error:
        raise DeviceUnavailable(f"ONNX Runtime cannot be loaded ({error}): reinstall Tandem.") from error
    return CpuDevice(threads)


def _gpu(_threads: int) -> Device:
    try:
        from hardware.gpu import GpuDevice  # noqa: PLC0415  loads ONNX Runtime
    except ImportError as error:
        raise DeviceUnavailable(f"ONNX Runtime cannot be loaded ({error}): reinstall Tandem.") from error
    return GpuDevice()


def _wafer(threads: int) -> Device:
    return _wafer_of("wafer", "wse3", threads)


def _older_wafer(threads: int) -> Device:
    return _wafer_of("wafer:wse2", "wse2", threads)


def _wafer_of(name: str, wafer: str, threads: int) -> Device:
    from hardware.wafer.device import open_wafer  # noqa: PLC0415  loads the wafer's data

    return open_wafer(name, wafer, _cpu(threads))


def _null(_threads: int) -> Device:
    from hardware.null import NullDevice  # noqa: PLC0415  loads NumPy

    return NullDevice()


_DEVICES: dict[str, tuple[str, Callable[[int], Device]]] = {
    "cpu": ("this machine's processor", _cpu),
    "gpu": ("a graphics card", _gpu),
    "wafer": ("a simulated wafer-scale engine", _wafer),
    "wafer:wse2": ("the same, a generation earlier", _older_wafer),
    "null": ("for tests and measurements", _null),
}
