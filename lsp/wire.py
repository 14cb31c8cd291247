"""Message bodies from a byte stream, and the stream they are written to.

Invariant: whatever arrives, reading goes on until the stream ends: a header without a length, or a body without a
header, costs no more than the messages it damaged. Reading has a thread of its own, so that a busy loop never fills
the editor's pipe.
"""

from __future__ import annotations

import logging
import re
import threading
import time
from typing import TYPE_CHECKING, BinaryIO

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Callable

logger = logging.getLogger(__name__)

LARGEST_BODY_BYTES = 1 << 28
_LONGEST_HEADER_BYTES = 1 << 16
FAREWELL_S = 10.0  # what a server may take to end after its editor hung up; its engine is given 2 s
_length = re.compile(rb"content-length:[ \t]*(\d{1,10})\s*\Z", re.IGNORECASE)


def read_body(stream: BinaryIO) -> bytes | None:
    """Wait for the next whole body; None at the end of the stream."""
    length = 0
    while header := stream.readline(_LONGEST_HEADER_BYTES):
        if match := _length.search(header):  # searched: a body without a header may stand before it on its line
            length = int(match.group(1))
        elif not header.strip() and 0 < length <= LARGEST_BODY_BYTES:
            body = stream.read(length)
            return body if len(body) == length else None
    return None


def pump(
    stream: BinaryIO,
    loop: asyncio.AbstractEventLoop,
    deliver: Callable[[bytes | None], None],
    overdue: Callable[[], None] = lambda: None,
) -> None:
    """Hand every body to `deliver` in the loop, and None at the stream's end; returns at once.

    The thread is a daemon: a read that never ends must not keep the process alive. If the process is still there
    `FAREWELL_S` after the stream's end, the thread calls `overdue`, since the loop itself may be stuck.
    """

    def run() -> None:
        try:
            while (body := read_body(stream)) is not None:
                loop.call_soon_threadsafe(deliver, body)
            loop.call_soon_threadsafe(deliver, None)
        except (OSError, ValueError, RuntimeError) as reason:  # the stream or the loop was closed under the thread
            logger.debug("reading ended: %s", reason)
            if not loop.is_closed():
                loop.call_soon_threadsafe(deliver, None)
        time.sleep(FAREWELL_S)
        overdue()

    threading.Thread(target=run, name="lsp-reader", daemon=True).start()


class Outgoing:
    """The stream to the editor, in the shape that pygls writes to; tells `broken` when nobody reads it any more."""

    def __init__(self, stream: BinaryIO, broken: Callable[[], None]) -> None:
        self._stream = stream
        self._broken = broken

    def write(self, data: bytes) -> None:
        """Send one message with its header."""
        try:
            self._stream.write(data)
            self._stream.flush()
        except (OSError, ValueError) as reason:
            logger.info("the editor does not read any more: %s", reason)
            self._broken()

    def close(self) -> None:
        """Leave the stream to whoever opened it."""
