"""What this process may use of the machine it runs on: cores, memory, instruction sets.

Invariant: never more than the operating system would give. Affinity and control groups (Linux containers) count where
there are any; elsewhere their files are absent and limit nothing.
"""

from __future__ import annotations

import platform
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import psutil

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path("/")
# What decides how fast quantised weights multiply; names as in Linux's cpuinfo, x86 before ARM.
FEATURES = ("avx2", "avx_vnni", "avx512f", "avx512_vnni", "amx_int8", "asimddp", "i8mm", "sve")


@dataclass(frozen=True, slots=True)
class Machine:
    """Cores and memory open to this process.

    `quota_cores` is the share of processor time that a control group grants, in cores; None where there is none.
    `processor` is its maker's name for it where the system tells, else its architecture.
    """

    logical_cores: int
    physical_cores: int
    quota_cores: float | None
    memory_bytes: int
    available_bytes: int
    features: tuple[str, ...]
    processor: str = ""

    @property
    def threads(self) -> int:
        """How many threads compute best: one per physical core, none beyond the quota."""
        if self.quota_cores is None:
            return self.physical_cores
        return max(1, min(self.physical_cores, int(self.quota_cores)))


def probe(root: Path = ROOT) -> Machine:
    """Look at this machine; `root` is where the kernel's files are looked for."""
    allowed = _allowed_cores()
    groups = list(_groups(root))
    memory = psutil.virtual_memory()
    limits = [limit for limit in map(_memory_limit, groups) if limit is not None]
    free = [limit - _memory_used(group) for group in groups if (limit := _memory_limit(group)) is not None]
    return Machine(
        logical_cores=len(allowed),
        physical_cores=_physical_cores(root, allowed),
        quota_cores=min((quota for quota in map(_quota, groups) if quota is not None), default=None),
        memory_bytes=min(memory.total, *limits) if limits else memory.total,
        available_bytes=max(0, min(memory.available, *free)) if free else memory.available,
        features=_features(root),
        processor=_cpuinfo(root, "model name") or platform.machine(),
    )


def _allowed_cores() -> list[int]:
    process = psutil.Process()
    if hasattr(process, "cpu_affinity"):  # not on macOS
        return process.cpu_affinity()
    return list(range(psutil.cpu_count() or 1))


def _physical_cores(root: Path, allowed: list[int]) -> int:
    """Cores that share nothing, among those allowed: two threads of one core are no faster than one."""
    cpu = root / "sys/devices/system/cpu"
    siblings = {_read(cpu / f"cpu{core}/topology/thread_siblings_list") for core in allowed}
    if "" not in siblings:
        return len(siblings)
    return min(psutil.cpu_count(logical=False) or len(allowed), len(allowed))


def _features(root: Path) -> tuple[str, ...]:
    flags = set((_cpuinfo(root, "flags") or _cpuinfo(root, "Features")).split())
    return tuple(feature for feature in FEATURES if feature in flags)


def _cpuinfo(root: Path, wanted: str) -> str:
    """Look up what Linux says of the first core; "" where it does not."""
    for line in _read(root / "proc/cpuinfo").splitlines():
        name, _, value = line.partition(":")
        if name.strip() == wanted:
            return value.strip()
    return ""


def _groups(root: Path) -> Iterator[Path]:
    """Every folder that may hold a limit for this process: its control groups (v1 and v2) and those above them.

    In a container the group's path may be the host's, of which only the top is mounted; absent folders limit nothing.
    """
    mounts = root / "sys/fs/cgroup"
    for line in _read(root / "proc/self/cgroup").splitlines():
        _, controllers, path = line.split(":", 2)
        for mount in {mounts / controllers, *(mounts / controller for controller in controllers.split(","))}:
            group = mount / path.lstrip("/")
            yield group
            yield from (above for above in group.parents if above.is_relative_to(mount))


def _quota(group: Path) -> float | None:
    quota, _, period = _read(group / "cpu.max").partition(" ")  # v2: "200000 100000" or "max 100000"
    if not quota:
        quota, period = _read(group / "cpu.cfs_quota_us"), _read(group / "cpu.cfs_period_us")  # v1: -1 for none
    if quota.isdecimal() and period.isdecimal():
        return int(quota) / int(period)
    return None


def _memory_limit(group: Path) -> int | None:
    limit = _read(group / "memory.max") or _read(group / "memory.limit_in_bytes")
    return int(limit) if limit.isdecimal() else None  # v2 says "max" where there is none


def _memory_used(group: Path) -> int:
    """Count what cannot be reclaimed: a group's usage includes cached files, and those make room when asked."""
    used = _read(group / "memory.current") or _read(group / "memory.usage_in_bytes") or "0"
    stat = dict(line.split() for line in _read(group / "memory.stat").splitlines())
    return int(used) - int(stat.get("total_inactive_file", stat.get("inactive_file", 0)))


def _read(path: Path) -> str:
    """Read one of the kernel's files, without its line end; "" where there is none."""
    with suppress(OSError):
        return path.read_text("utf-8").strip()
    return ""
