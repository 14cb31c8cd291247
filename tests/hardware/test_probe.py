from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import psutil
import pytest

from hardware.probe import probe

if TYPE_CHECKING:
    from pathlib import Path

FREE = psutil.virtual_memory().total
V2 = "0::/user.slice/work\n"
V1 = "4:memory:/work\n1:cpu,cpuacct:/work\n0::/\n"


def write(root: Path, files: dict[str, str]) -> None:
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)


def test_this_machine() -> None:
    machine = probe()
    assert 1 <= machine.physical_cores <= machine.logical_cores
    assert 1 <= machine.threads <= machine.physical_cores
    assert 0 < machine.available_bytes <= machine.memory_bytes <= FREE


def test_a_machine_that_tells_nothing(tmp_path: Path) -> None:
    machine = probe(tmp_path)
    assert machine.quota_cores is None
    assert machine.memory_bytes == FREE
    assert machine.features == ()
    assert machine.threads == machine.physical_cores >= 1


@pytest.mark.parametrize(
    ("groups", "files", "quota"),
    [
        (V2, {"user.slice/work/cpu.max": "150000 100000\n"}, 1.5),
        (V2, {"user.slice/work/cpu.max": "max 100000\n"}, None),
        (V2, {"user.slice/work/cpu.max": "max 100000\n", "user.slice/cpu.max": "50000 100000\n"}, 0.5),
        (V2, {"user.slice/work/cpu.max": "300000 100000\n", "user.slice/cpu.max": "400000 100000\n"}, 3.0),
        (V2, {"cpu.max": "200000 100000\n"}, 2.0),
        (V1, {"cpu/work/cpu.cfs_quota_us": "250000\n", "cpu/work/cpu.cfs_period_us": "100000\n"}, 2.5),
        (V1, {"cpu,cpuacct/cpu.cfs_quota_us": "100000\n", "cpu,cpuacct/cpu.cfs_period_us": "100000\n"}, 1.0),
        (V1, {"cpu/work/cpu.cfs_quota_us": "-1\n", "cpu/work/cpu.cfs_period_us": "100000\n"}, None),
        (V1, {"cpu/elsewhere/cpu.cfs_quota_us": "100000\n", "cpu/elsewhere/cpu.cfs_period_us": "100000\n"}, None),
    ],
)
def test_the_tightest_quota_above_counts(
    tmp_path: Path, groups: str, files: dict[str, str], quota: float | None
) -> None:
    write(tmp_path, {"proc/self/cgroup": groups} | {f"sys/fs/cgroup/{name}": text for name, text in files.items()})
    machine = probe(tmp_path)
    assert machine.quota_cores == quota


@pytest.mark.parametrize(("quota", "threads"), [(None, 8), (0.5, 1), (1.5, 1), (4.0, 4), (16.0, 8)])
def test_threads_stay_inside_the_quota(quota: float | None, threads: int) -> None:
    assert replace(probe(), physical_cores=8, quota_cores=quota).threads == threads


@pytest.mark.parametrize(
    ("groups", "files", "limit", "available"),
    [
        (
            V2,
            {"memory.max": "1000000", "memory.current": "900000", "memory.stat": "anon 5\ninactive_file 300000\n"},
            1_000_000,
            400_000,
        ),
        (V2, {"user.slice/work/memory.max": "max", "user.slice/memory.max": "2000000"}, 2_000_000, 2_000_000),
        (V2, {"memory.max": "1000000", "memory.current": "1200000"}, 1_000_000, 0),
        (
            V1,
            {
                "memory/work/memory.limit_in_bytes": "3000000",
                "memory/work/memory.usage_in_bytes": "1000000",
                "memory/work/memory.stat": "inactive_file 1\ntotal_inactive_file 500000\n",
            },
            3_000_000,
            2_500_000,
        ),
        (V1, {"memory/memory.limit_in_bytes": str(2**63 - 4096)}, FREE, None),
    ],
)
def test_memory_limits_count(
    tmp_path: Path, groups: str, files: dict[str, str], limit: int, available: int | None
) -> None:
    write(tmp_path, {"proc/self/cgroup": groups} | {f"sys/fs/cgroup/{name}": text for name, text in files.items()})
    machine = probe(tmp_path)
    assert machine.memory_bytes == limit
    if available is None:
        assert machine.available_bytes > 0
    else:
        assert machine.available_bytes == available


@pytest.mark.parametrize("shared", [True, False])
def test_two_threads_of_one_core_are_one_core(tmp_path: Path, shared: bool) -> None:
    for core in range(psutil.cpu_count() or 1):
        siblings = "0-1023\n" if shared else f"{core}\n"
        write(tmp_path, {f"sys/devices/system/cpu/cpu{core}/topology/thread_siblings_list": siblings})
    machine = probe(tmp_path)
    assert machine.physical_cores == (1 if shared else machine.logical_cores)


@pytest.mark.parametrize(
    ("cpuinfo", "features"),
    [
        (
            "processor\t: 0\nflags\t\t: fpu avx2 avx512f avx512_vnni amx_int8\n",
            ("avx2", "avx512f", "avx512_vnni", "amx_int8"),
        ),
        ("processor\t: 0\nFeatures\t: fp asimd asimddp i8mm\n", ("asimddp", "i8mm")),
        ("processor\t: 0\n", ()),
    ],
)
def test_features(tmp_path: Path, cpuinfo: str, features: tuple[str, ...]) -> None:
    write(tmp_path, {"proc/cpuinfo": cpuinfo})
    assert probe(tmp_path).features == features
