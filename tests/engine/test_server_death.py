"""Whatever becomes of the server, its engine does not outlive it."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import psutil
import pytest
from support import small_server
from support.engines import REST, is_alive, kill_server

if TYPE_CHECKING:
    from collections.abc import Iterator

MOMENTS = 50

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="signals")


@contextmanager
def server() -> Iterator[subprocess.Popen[str]]:
    tests = Path(small_server.__file__).parent.parent
    with subprocess.Popen(
        [sys.executable, "-P", str(Path(small_server.__file__))],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        env={**os.environ, "PYTHONPATH": str(tests)},
        process_group=0,
    ) as process:
        try:
            yield process
        finally:
            process.kill()


def line(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    return process.stdout.readline().rstrip("\n")


def kill_and_count(process: subprocess.Popen[str]) -> int:
    """SIGKILL the server, wait for its engine to be gone, and tell whether there was one."""
    return kill_server(process.pid).engines


def test_a_killed_server_takes_its_engine_along() -> None:
    with server() as process:
        assert line(process) == REST
        assert kill_and_count(process) == 1


def test_ctrl_c_is_for_the_server_to_decide_on() -> None:
    with server() as process:
        assert line(process) == REST
        (engine,) = psutil.Process(process.pid).children()
        os.killpg(process.pid, signal.SIGINT)
        assert line(process) == "interrupted"
        os.killpg(process.pid, signal.SIGINT)
        assert line(process) == "interrupted"
        assert psutil.Process(process.pid).children() == [engine]
        assert is_alive(engine)
        kill_and_count(process)


@pytest.mark.slow
def test_killed_at_any_moment() -> None:
    """SIGKILL while it starts, while its engine starts, and while that is at work."""
    chance = random.Random(3)
    killed = 0
    for moment in range(MOMENTS):
        with server() as process:
            if moment % 2:
                assert line(process) == REST
                time.sleep(chance.uniform(0, 0.05))
            else:
                time.sleep(chance.uniform(0.1, 1.0))
            killed += kill_and_count(process)
    assert killed >= MOMENTS // 2
