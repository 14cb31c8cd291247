from __future__ import annotations

import os
import subprocess
import sys
from collections import deque
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from support import ring_flood

from engine.errors import MessageTooLarge, RingCorrupt
from engine.ring import DATA_AT, HEAD_AT, TAIL_AT, RingReader, RingWriter
from engine.segment import Segment

if TYPE_CHECKING:
    from collections.abc import Sequence

HEADER_BYTES = 16


def memory_for(capacity: int) -> memoryview:
    return memoryview(bytearray(DATA_AT + capacity))


def read_all(reader: RingReader) -> list[bytes]:
    payloads: list[bytes] = []
    while (payload := reader.read()) is not None:
        payloads.append(payload)
    return payloads


@example(2 * HEADER_BYTES + 5, [b"full", b"x", None])
@example(2 * HEADER_BYTES + 4, [b"full", b"x", None])
@given(st.integers(HEADER_BYTES, 200), st.lists(st.none() | st.binary(max_size=220), max_size=80))
def test_it_is_a_bounded_queue(capacity: int, actions: Sequence[bytes | None]) -> None:
    memory = memory_for(capacity)
    writer, reader = RingWriter(memory), RingReader(memory)
    queue: deque[bytes] = deque()
    for payload in actions:
        if payload is None:
            assert reader.read() == (queue.popleft() if queue else None)
        elif HEADER_BYTES + len(payload) > capacity:
            with pytest.raises(MessageTooLarge, match=f"{len(payload)} bytes"):
                writer.write(payload)
        else:
            used = sum(HEADER_BYTES + len(waiting) for waiting in queue)
            fits = used + HEADER_BYTES + len(payload) <= capacity
            assert writer.write(payload) is fits
            if fits:
                queue.append(payload)
    assert read_all(reader) == list(queue)


def ring_of(payloads: Sequence[bytes], *, start: int) -> tuple[memoryview, RingWriter, RingReader]:
    """Make a ring that holds the payloads, the first of them at that place of the data."""
    memory = memory_for(160)
    writer, reader = RingWriter(memory), RingReader(memory)
    for filler in (start - HEADER_BYTES, *[0] * 3):
        writer.write(bytes(filler))
        reader.read()
    for payload in payloads:
        assert writer.write(payload)
    return memory, writer, reader


frames = st.lists(st.binary(max_size=20), min_size=1, max_size=4)
starts = st.integers(HEADER_BYTES, 100)


@given(frames, starts, st.data())
def test_no_flipped_byte_makes_a_wrong_message(payloads: list[bytes], start: int, data: st.DataObject) -> None:
    memory, _, reader = ring_of(payloads, start=start)
    memory[data.draw(st.integers(0, len(memory) - 1))] ^= data.draw(st.integers(1, 255))
    received: list[bytes] = []
    try:
        received = read_all(reader)
    except RingCorrupt:
        return
    assert received == payloads[: len(received)]


@given(frames, starts, st.data())
def test_a_flipped_byte_in_a_frame_is_found(payloads: list[bytes], start: int, data: st.DataObject) -> None:
    memory, _, reader = ring_of(payloads, start=start)
    size = sum(HEADER_BYTES + len(payload) for payload in payloads)
    place = (int.from_bytes(memory[HEAD_AT : HEAD_AT + 8], sys.byteorder) + data.draw(st.integers(0, size - 1))) % 160
    memory[DATA_AT + place] ^= data.draw(st.integers(1, 255))
    received: list[bytes] = []
    with pytest.raises(RingCorrupt, match=r"Frame \d+"):
        received.extend(reader.read() or b"" for _ in payloads)
    assert received == payloads[: len(received)]


@given(st.integers(1, 2**64 - 1))
def test_a_wrong_read_counter_never_lets_a_frame_be_overwritten_unnoticed(wrong: int) -> None:
    memory, writer, reader = ring_of([b"first", b"second"], start=40)
    memory[HEAD_AT : HEAD_AT + 8] = wrong.to_bytes(8, sys.byteorder)
    received: list[bytes] = []
    try:
        written = [writer.write(b"x" * 30) for _ in range(10)]
        received = read_all(reader)
    except RingCorrupt:
        return
    expected = [b"first", b"second", *[b"x" * 30] * sum(written)]
    assert received == expected[: len(received)]


@pytest.mark.parametrize("wrong", [1_000, 2**63, 2**64 - 1])
def test_a_read_counter_that_cannot_be_is_found(wrong: int) -> None:
    memory, writer, _ = ring_of([b"first"], start=40)
    memory[HEAD_AT : HEAD_AT + 8] = wrong.to_bytes(8, sys.byteorder)
    with pytest.raises(RingCorrupt, match="read counter"):
        writer.write(b"second")


def test_a_write_counter_in_the_middle_of_a_frame_is_found() -> None:
    memory, _, reader = ring_of([b"first"], start=40)
    tail = int.from_bytes(memory[TAIL_AT : TAIL_AT + 8], sys.byteorder)
    memory[TAIL_AT : TAIL_AT + 8] = (tail - 1).to_bytes(8, sys.byteorder)
    with pytest.raises(RingCorrupt):
        reader.read()


def test_a_frame_that_becomes_visible_after_its_counter_is_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    memory = memory_for(100)
    writer, reader = RingWriter(memory), RingReader(memory)
    writer.write(b"of the lap before" * 4)
    reader.read()
    before = bytes(memory[DATA_AT:])
    writer.write(b"whole in the end")
    after = bytes(memory[DATA_AT:])
    # What a weakly ordered processor may show: the new counter, and the frame in three instalments.
    views = iter([before[:90] + after[90:], after[:5] + before[5:90] + after[90:], after])
    memory[DATA_AT:] = before

    def becomes_visible(_: float) -> None:
        memory[DATA_AT:] = next(views)

    monkeypatch.setattr("engine.ring.time.sleep", becomes_visible)
    assert reader.read() == b"whole in the end"
    assert next(views, None) is None
    assert reader.read() is None


def test_a_frame_of_the_lap_before_is_not_taken_for_the_new_one() -> None:
    memory = memory_for(2 * (HEADER_BYTES + 8))
    writer, reader = RingWriter(memory), RingReader(memory)
    for payload in (b"1st lap.", b"1st lap!"):
        writer.write(payload)
        reader.read()
    before = bytes(memory[DATA_AT:])
    writer.write(b"2nd lap.")
    memory[DATA_AT:] = before
    with pytest.raises(RingCorrupt, match="Frame 3"):
        reader.read()


@pytest.mark.slow
def test_a_million_messages_between_two_processes() -> None:
    segment = Segment.create()
    reader = RingReader(segment.events)
    program = [sys.executable, "-P", str(Path(ring_flood.__file__)), segment.handle]
    flood = subprocess.Popen(program, stdout=subprocess.PIPE, pass_fds=segment.descriptors)
    received = 0
    with flood:
        assert flood.stdout is not None
        while os.read(flood.stdout.fileno(), 4096):
            while (payload := reader.read()) is not None:
                assert payload == ring_flood.payload(received)
                received += 1
    reader.close()
    segment.close()
    assert flood.returncode == 0
    assert received == ring_flood.MESSAGES
