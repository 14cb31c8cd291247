"""A program that writes a million messages into a ring as fast as it can, each different, none expected by luck."""

from __future__ import annotations

import os
import sys
import time

from engine.ring import RingWriter
from engine.segment import Segment

MESSAGES = 1_000_000
BATCH = 256
_BYTES = bytes(range(256)) * 8


def payload(number: int) -> bytes:
    """Give the payload of that number: between 8 and 1,031 bytes, so that frames wrap anywhere."""
    size = number * 2_654_435_761 % 1_024
    return number.to_bytes(8) + _BYTES[number % 256 :][:size]


def main() -> None:
    """Write them all; the doorbell is rung once per batch, and whenever the ring is full."""
    segment = Segment.attach(sys.argv[1])
    writer = RingWriter(segment.events)
    for number in range(MESSAGES):
        message = payload(number)
        while not writer.write(message):
            os.write(1, b"\0")
            time.sleep(0.000_1)
        if number % BATCH == 0:
            os.write(1, b"\0")
    os.write(1, b"\0")


if __name__ == "__main__":
    main()
