"""Which machine figures were measured on, in one line.

Invariant: it names the hardware and the programs, and neither the machine nor whose it is.
"""

from __future__ import annotations

import contextlib
import os
import platform
import re
from pathlib import Path

import psutil

_MODEL = re.compile(r"^model name\s*:\s*(.+)$", re.MULTILINE)


def machine() -> str:
    """Describe this machine."""
    memory_gb = psutil.virtual_memory().total / 1e9
    system = f"{platform.system()} {platform.release()}"
    return f"{_processor()}, {_cores()} cores, {memory_gb:.0f} GB, {system}, Python {platform.python_version()}"


def _cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _processor() -> str:
    """Name the processor; Python does not know the name on Linux."""
    with contextlib.suppress(OSError):
        if found := _MODEL.search(Path("/proc/cpuinfo").read_text("utf-8", errors="replace")):
            return found[1]
    return platform.processor() or platform.machine()
