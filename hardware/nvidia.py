"""What NVIDIA's driver says of the first card, asked of the driver itself.

Invariant: nothing of CUDA but the driver is loaded or needed, so that what is missing can be told apart. Functions and
return codes are those of the CUDA driver API (https://docs.nvidia.com/cuda/cuda-driver-api).
"""

from __future__ import annotations

import ctypes
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

LIBRARY = "nvcuda.dll" if sys.platform == "win32" else "libcuda.so.1"
NO_DEVICE = 100  # CUDA_ERROR_NO_DEVICE
NAME_BYTES = 256


class NoCard(Exception):
    """There is no NVIDIA card to use; the message is a clause that says what was found."""


@dataclass(frozen=True, slots=True)
class Card:
    """A graphics card; `cuda` is the newest CUDA, major and minor, that its driver runs."""

    name: str
    memory_bytes: int
    cuda: tuple[int, int]


def _load() -> ctypes.CDLL:
    return ctypes.CDLL(LIBRARY)


def first_card(load: Callable[[], ctypes.CDLL] = _load) -> Card:
    """Ask the driver, which `load` loads, for its first card. Raises NoCard."""
    try:
        driver = load()
    except OSError as error:
        raise NoCard(f"no NVIDIA driver is installed here ({LIBRARY} cannot be loaded)") from error
    version, count, device = ctypes.c_int(), ctypes.c_int(), ctypes.c_int()
    name, memory = ctypes.create_string_buffer(NAME_BYTES), ctypes.c_size_t()
    started = driver.cuInit(0)
    if started == NO_DEVICE:
        raise NoCard("NVIDIA's driver is installed, but finds no card")
    _check("cuInit", started)
    _check("cuDriverGetVersion", driver.cuDriverGetVersion(ctypes.byref(version)))
    _check("cuDeviceGetCount", driver.cuDeviceGetCount(ctypes.byref(count)))
    if not count.value:
        raise NoCard("NVIDIA's driver is installed, but shows this process no card (see CUDA_VISIBLE_DEVICES)")
    _check("cuDeviceGet", driver.cuDeviceGet(ctypes.byref(device), 0))
    _check("cuDeviceGetName", driver.cuDeviceGetName(name, NAME_BYTES, device))
    _check("cuDeviceTotalMem", driver.cuDeviceTotalMem_v2(ctypes.byref(memory), device))
    cuda = version.value // 1000, version.value % 1000 // 10
    return Card(name.value.decode(errors="replace"), memory.value, cuda)


def _check(call: str, code: int) -> None:
    if code:
        raise NoCard(f"NVIDIA's driver is installed, but {call} fails with error {code}")
