"""What `tandem` runs as the engine's own command line, and that it ends with it."""

from __future__ import annotations

import signal
import subprocess
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING

import psutil
import pytest
from filelock import FileLock

from engine.models.catalog import SMOLLM

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

PATIENCE_S = 30.0

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="signals")


@contextmanager
def waiting_pull(cache: Path) -> Iterator[tuple[subprocess.Popen[str], psutil.Process]]:
    """Give a `tandem models pull` and its child, which waits for the lock that is held meanwhile."""
    work = cache / ".work"
    work.mkdir(parents=True)
    command = [sys.executable, "-m", "lsp", "models", "pull", SMOLLM.name, "--cache-dir", str(cache)]
    with (
        FileLock(work / f"{SMOLLM.name}.lock"),
        subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as tandem,
    ):
        assert tandem.stderr is not None
        try:
            assert tandem.stderr.readline().startswith("waiting")
            (child,) = psutil.Process(tandem.pid).children()
            yield tandem, child
        finally:
            tandem.kill()


@pytest.fixture
def hangups() -> Iterator[None]:
    """Let commands end at a hang-up, also where the tests run under nohup, which leaves its children deaf to it."""
    before = signal.signal(signal.SIGHUP, signal.SIG_DFL)
    yield
    signal.signal(signal.SIGHUP, before)


@pytest.mark.usefixtures("hangups")
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL, signal.SIGHUP])
def test_a_pull_ends_with_the_command_that_was_killed(number: signal.Signals, tmp_path: Path) -> None:
    with waiting_pull(tmp_path) as (tandem, child):
        tandem.send_signal(number)
        assert tandem.wait() == -number
        child.wait(PATIENCE_S)


def test_an_interrupt_that_only_the_command_heard_reaches_the_pull(tmp_path: Path) -> None:
    with waiting_pull(tmp_path) as (tandem, child):
        tandem.send_signal(signal.SIGINT)
        assert tandem.stderr is not None
        said = tandem.stderr.read()
        assert said.startswith("tandem: Interrupted")
        assert said.count("\n") == 1
        assert tandem.wait() == 130
        child.wait(PATIENCE_S)
