"""A ring of frames in shared memory: one process writes, one reads, bytes only, no locks.

Layout: two counters, each alone on its cache line, then the data.

    0        8            64       72           128                                                  128 + capacity
    | tail   |    ...     | head   |    ...     | data                                                            |
      bytes ever written    bytes ever read       a counter modulo capacity is a place in the data

    a frame, wrapping around the end of the data wherever that falls:

    | length u32 | crc32 u32 | sequence u64 | payload, length bytes |
                   of length, sequence and payload

Invariant: the reader hands out exactly the payloads written, in order, each once, or raises RingCorrupt. Only the
writer stores tail, only the reader stores head, and each trusts its own copy over the shared one.

Memory ordering. The writer copies a frame in and then stores tail; the reader copies it out and then stores head. Each
counter is one aligned 8-byte store, so it is never seen torn. Python has no barriers, though, and a weakly ordered
processor (ARM) may show the new tail before the frame. The ring does not need that order, because the reader can tell
a frame that is not yet whole: what stands in its place is zeros, or bytes of an earlier lap, whose sequence number is
lower, or a mixture, whose CRC is wrong. So it reads again, ever more patiently, and calls the frame corrupt only when
it stays wrong for far longer than a store buffer takes to drain. In the other direction no patience is needed: head is
stored behind a branch on the CRC of all the bytes copied out, and no processor makes a store visible before the
branches it hangs on are decided; likewise the writer's copy hangs on the head it loaded. A doorbell (a system call on
either side) orders everything before it, so a reader that was woken by one finds its frame whole at once.
"""

from __future__ import annotations

import struct
import time
from typing import Final
from zlib import crc32

from engine.errors import MessageTooLarge, RingCorrupt

TAIL_AT: Final = 0
HEAD_AT: Final = 64
DATA_AT: Final = 128

_FRAME: Final = struct.Struct("<IIQ")
_CHECKED: Final = struct.Struct("<IQ")
_PATIENCE_S: Final = (0.0, 0.0, 0.000_1, 0.001, 0.01)


class _Side:
    """What writer and reader share: the counters and copies that wrap around."""

    def __init__(self, memory: memoryview) -> None:
        self._tail = memory[TAIL_AT : TAIL_AT + 8].cast("Q")
        self._head = memory[HEAD_AT : HEAD_AT + 8].cast("Q")
        self._data = memory[DATA_AT:]
        self._sequence = 1  # of the next frame; zeroed memory never looks like one

    @property
    def capacity(self) -> int:
        """Bytes of data, frame headers included."""
        return len(self._data)

    def close(self) -> None:
        """Release the views of the memory."""
        for view in (self._tail, self._head, self._data):
            view.release()


class RingWriter(_Side):
    """The only writer of a ring; `memory` is zeroed when the writer is made."""

    _written = 0

    def write(self, payload: bytes) -> bool:
        """Append a frame; False when the ring is too full for it now. Raises MessageTooLarge and RingCorrupt."""
        self.require_room_for(payload)
        used = self._written - self._head[0]
        if not 0 <= used <= self.capacity:
            raise RingCorrupt("The ring's read counter is wrong; start the engine again.")
        size = _FRAME.size + len(payload)
        if used + size > self.capacity:
            return False
        header = _FRAME.pack(len(payload), _checksum(self._sequence, payload), self._sequence)
        self._put(self._written, header + payload)
        self._sequence += 1
        self._written += size
        self._tail[0] = self._written
        return True

    def require_room_for(self, payload: bytes) -> None:
        """Raise MessageTooLarge if the payload would not fit however empty the ring."""
        most = self.capacity - _FRAME.size
        if len(payload) > most:
            raise MessageTooLarge(f"A message of {len(payload)} bytes cannot pass, at most {most} can; send less text.")

    def _put(self, counter: int, frame: bytes) -> None:
        start = counter % self.capacity
        until_end = self.capacity - start
        if len(frame) <= until_end:
            self._data[start : start + len(frame)] = frame
        else:
            self._data[start:] = frame[:until_end]
            self._data[: len(frame) - until_end] = frame[until_end:]


class RingReader(_Side):
    """The only reader of a ring, attached before the first frame is read."""

    _read = 0

    def read(self) -> bytes | None:
        """Take the oldest payload; None when the ring is empty. Raises RingCorrupt."""
        for pause_s in _PATIENCE_S:
            available = self._tail[0] - self._read
            if available == 0:
                return None
            payload = self._frame(available)
            if payload is not None:
                self._sequence += 1
                self._read += _FRAME.size + len(payload)
                self._head[0] = self._read
                return payload
            time.sleep(pause_s)
        raise RingCorrupt(f"Frame {self._sequence} in the ring is damaged; start the engine again.")

    def _frame(self, available: int) -> bytes | None:
        """Copy out the next payload, or None while what stands there is no whole frame of the right number."""
        if not _FRAME.size <= available <= self.capacity:
            return None
        length, checksum, sequence = _FRAME.unpack(self._take(self._read, _FRAME.size))
        if sequence != self._sequence or length > available - _FRAME.size:
            return None
        payload = self._take(self._read + _FRAME.size, length)
        return payload if _checksum(sequence, payload) == checksum else None

    def _take(self, counter: int, size: int) -> bytes:
        start = counter % self.capacity
        until_end = self.capacity - start
        if size <= until_end:
            return bytes(self._data[start : start + size])
        return bytes(self._data[start:]) + bytes(self._data[: size - until_end])


def _checksum(sequence: int, payload: bytes) -> int:
    return crc32(payload, crc32(_CHECKED.pack(len(payload), sequence)))
