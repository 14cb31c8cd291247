from __future__ import annotations

import subprocess
import sys

import pytest

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="a process cannot send itself a SIGINT there")

SCRIPT = """
import os, signal, sys
from engine.interrupt import leave_at_once, raising
{before}
leave_at_once()
def interrupt():
    os.kill(os.getpid(), signal.SIGINT)
try:
    with raising():
        {inside}
except KeyboardInterrupt:
    print("raised", flush=True)
interrupt()
print("went on")
"""


@pytest.mark.parametrize(
    ("before", "inside", "said", "code"),
    [
        ("", "pass", "", 130),
        ("", "interrupt()", "raised\n", 130),
        ("signal.signal(signal.SIGINT, signal.SIG_IGN)", "interrupt()", "went on\n", 0),
    ],
)
def test_an_interrupt_is_raised_where_somebody_minds_and_ends_the_program_elsewhere(
    before: str, inside: str, said: str, code: int
) -> None:
    script = SCRIPT.format(before=before, inside=inside)
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    assert (done.stdout, done.returncode, done.stderr) == (said, code, "")
