from __future__ import annotations

import subprocess
import sys
import time
from typing import TYPE_CHECKING

import psutil
import pytest
from bench.duel import Duel, Turn, compare, going_on, stopped
from bench.latency import Ratio, compared, rows
from support.latencies import latency

from lsp.bench.latency import KINDS
from lsp.bench.record import Record

if TYPE_CHECKING:
    from collections.abc import Callable


RECORDS = [Record(kind=kind, outcome="shown", ms=10, characters=4) for kind in KINDS]
ALONE = latency(RECORDS, keys=20, cpu_ms_per_key=30)
DUELS = [Duel(Turn(10, 4), Turn(40.0, 0), 50, 7), Duel(Turn(20, 4), Turn(60.0, 9), 70, 9)]


def test_effort_is_for_the_same_requests_and_the_same_keys() -> None:
    found = compare(ALONE, DUELS)
    assert (found.tandem_cpu.per_warm_request_ms, found.tandem_cpu.per_key_ms) == (300, 30)
    assert (found.llama_cpp_cpu.per_warm_request_ms, found.llama_cpp_cpu.per_key_ms) == (60, 6)
    assert found.llama_cpp_cpu.reading_per_warm_request_ms == 8
    assert (found.tandem.shown, found.llama_cpp.shown) == (1.0, 0.5)
    assert (found.tandem_whole.walls_ms, found.llama_cpp_whole.walls_ms) == ((20,), (60.0,))


def test_ratios_are_the_peers_answers_over_tandems_own_run() -> None:
    assert compared(ALONE, compare(ALONE, DUELS))["ratio"] == Ratio(4.0, 6.0)
    assert rows(ALONE, compare(ALONE, DUELS))[0][2] == "40.0 ms (4.0 times)"


def test_no_duels_have_no_figures() -> None:
    found = compare(ALONE, [])
    assert (found.tandem.n, found.llama_cpp.p50_ms) == (0, None)


def is_stopped(pid: int) -> bool:
    return psutil.Process(pid).status() == psutil.STATUS_STOPPED


def until(check: Callable[[], bool]) -> None:
    """Wait for what comes soon; the test's own time limit ends it otherwise."""
    while not check():
        time.sleep(0.01)


@pytest.mark.skipif(sys.platform == "win32", reason="there is no SIGSTOP")
def test_whoever_waits_stands_still() -> None:
    command = [sys.executable, "-c", "while True: pass"]
    with subprocess.Popen(command) as ours, subprocess.Popen(command) as theirs:
        try:
            with stopped(ours.pid), going_on(theirs.pid):
                until(lambda: is_stopped(ours.pid) and not is_stopped(theirs.pid))
            until(lambda: is_stopped(theirs.pid) and not is_stopped(ours.pid))
        finally:
            ours.kill()
            theirs.kill()
