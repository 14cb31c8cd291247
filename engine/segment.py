"""One piece of memory shared by two processes, which leaves no name behind whatever is killed.

Invariant: nothing but open descriptors and mappings leads to the segment, so the kernel frees it with the last process
that has one. On Linux it is a memfd; on other Unixes a temporary file, unlinked as soon as it is open; both reach the
child as an inherited descriptor. Windows has neither: there the child opens a mapping of the page file by a random
tag, and Windows drops the mapping with its last handle.

`multiprocessing.shared_memory` is no alternative: its segments have names that survive a SIGKILL, and its resource
tracker is one more process.
"""

from __future__ import annotations

import mmap
import os
import secrets
import sys
import tempfile
from typing import Final

SIZE_BYTES: Final = 2 << 20
"""Half for each direction: a message is a few kilobytes, and what is never written to takes no memory."""


class Segment:
    """Zeroed memory, in two halves: `requests` is written by the server, `events` by the engine.

    `handle` tells the other process how to attach, on its command line; `descriptors` must be passed to it.
    """

    def __init__(self, mapping: mmap.mmap, handle: str, descriptors: tuple[int, ...]) -> None:
        self._mapping = mapping
        self.handle = handle
        self.descriptors = descriptors
        with memoryview(mapping) as whole:
            self.requests = whole[: SIZE_BYTES // 2]
            self.events = whole[SIZE_BYTES // 2 :]

    @classmethod
    def create(cls) -> Segment:
        """Reserve a new segment. Raises OSError when the system has no room."""
        if sys.platform == "win32":
            tag = f"tandem-{secrets.token_hex(16)}"
            return cls(mmap.mmap(-1, SIZE_BYTES, tagname=tag), tag, ())
        descriptor = _nameless_file()
        os.truncate(descriptor, SIZE_BYTES)
        return cls(mmap.mmap(descriptor, SIZE_BYTES), str(descriptor), (descriptor,))

    @classmethod
    def attach(cls, handle: str) -> Segment:
        """Map the segment that the process which started this one has created."""
        if sys.platform == "win32":
            return cls(mmap.mmap(-1, SIZE_BYTES, tagname=handle), handle, ())
        descriptor = int(handle)
        os.set_inheritable(descriptor, False)
        return cls(mmap.mmap(descriptor, SIZE_BYTES), handle, (descriptor,))

    def close(self) -> None:
        """Unmap the memory; whoever took a view of it must have released that first."""
        self.requests.release()
        self.events.release()
        self._mapping.close()
        for descriptor in self.descriptors:
            os.close(descriptor)


def _nameless_file() -> int:
    """Open a file that only its descriptor leads to."""
    if sys.platform == "linux":
        return os.memfd_create("tandem")
    else:  # noqa: RET505 - without it mypy takes the rest for dead code on Linux
        with tempfile.TemporaryFile() as file:
            return os.dup(file.fileno())
