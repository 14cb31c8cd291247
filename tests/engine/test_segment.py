from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from engine.segment import SIZE_BYTES, Segment

ATTACH = """
import sys
from engine.segment import Segment
segment = Segment.attach(sys.argv[1])
assert bytes(segment.requests[:4]) == b"ping"
segment.events[-4:] = b"pong"
"""


def test_a_child_sees_the_same_memory() -> None:
    segment = Segment.create()
    segment.requests[:4] = b"ping"
    subprocess.run([sys.executable, "-P", "-c", ATTACH, segment.handle], check=True, pass_fds=segment.descriptors)
    assert bytes(segment.events[-4:]) == b"pong"
    segment.close()


def test_the_halves_are_zeroed_and_do_not_overlap() -> None:
    segment = Segment.create()
    assert len(segment.requests) == len(segment.events) == SIZE_BYTES // 2
    segment.requests[:] = b"\xff" * len(segment.requests)
    assert not any(segment.events)
    segment.close()


def test_a_closed_segment_cannot_be_used() -> None:
    segment = Segment.create()
    segment.close()
    with pytest.raises(ValueError, match="released"):
        segment.requests[0] = 1


def test_it_cannot_be_closed_under_a_view() -> None:
    segment = Segment.create()
    view = segment.requests[:8]
    with pytest.raises(BufferError):
        segment.close()
    view.release()
    segment.close()


@pytest.mark.skipif(sys.platform != "linux", reason="looks at Linux's shared memory")
def test_it_has_no_name() -> None:
    before = set(Path("/dev/shm").iterdir())
    segment = Segment.create()
    assert set(Path("/dev/shm").iterdir()) == before
    assert "(deleted)" in str(Path(f"/proc/self/fd/{segment.handle}").readlink())
    segment.close()


@pytest.mark.skipif(sys.platform == "win32", reason="Windows passes no descriptors")
def test_systems_without_memfd_get_the_same(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    with monkeypatch.context() as elsewhere:
        elsewhere.setattr("engine.segment.sys.platform", "freebsd14")
        segment = Segment.create()
    segment.requests[:4] = b"ping"
    subprocess.run([sys.executable, "-P", "-c", ATTACH, segment.handle], check=True, pass_fds=segment.descriptors)
    assert bytes(segment.events[-4:]) == b"pong"
    assert not list(tmp_path.iterdir())
    segment.close()
