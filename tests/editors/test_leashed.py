"""What the tests start ends with them, also when nobody lets them clear up."""

from __future__ import annotations

import subprocess
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING

import psutil
import pytest
from editors import leashed

if TYPE_CHECKING:
    from collections.abc import Iterator

PATIENCE_S = 30.0

SLEEPER = "import time; time.sleep(600)"
PROGRAM = f"""
import os, subprocess, sys, time
child = subprocess.Popen([sys.executable, "-c", {SLEEPER!r}])
print(os.getpid(), child.pid, flush=True)
time.sleep(600)
"""
LEASHED = (sys.executable, "-P", leashed.__file__)
STARTER = f"""
import subprocess, sys
command = [*{LEASHED!r}, sys.executable, "-c", {PROGRAM!r}]
subprocess.Popen(command, stdin=subprocess.PIPE, start_new_session=True).wait()
"""


@contextmanager
def starter() -> Iterator[tuple[subprocess.Popen[str], list[psutil.Process]]]:
    """Give one that has started a leashed program, and that program with its child."""
    with subprocess.Popen((sys.executable, "-c", STARTER), stdout=subprocess.PIPE, text=True) as started:
        assert started.stdout is not None
        try:
            yield started, [psutil.Process(int(pid)) for pid in started.stdout.readline().split()]
        finally:
            started.kill()


@pytest.mark.skipif(sys.platform == "win32", reason="signals")
@pytest.mark.parametrize("end", ["terminate", "kill"])
def test_a_program_and_its_children_end_with_the_one_that_was_killed(end: str) -> None:
    with starter() as (started, processes):
        assert all(process.is_running() for process in processes)
        getattr(started, end)()
        assert psutil.wait_procs(processes, PATIENCE_S)[1] == []


def test_a_program_that_ends_by_itself_is_not_waited_for() -> None:
    command = (*LEASHED, sys.executable, "-c", "raise SystemExit(3)")
    with subprocess.Popen(command, stdin=subprocess.PIPE) as leash:
        assert leash.wait(PATIENCE_S) == 3
