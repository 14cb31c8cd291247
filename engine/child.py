"""One life of the engine process, as the server sees it: started, talked to, dead, and nothing of it left.

Invariant: every event that the process wrote before it died is handed on before `wait` returns, unless it was killed
for a fault, and then there is no process, no program that it had started, no pipe and no shared memory left of this
life. A request that was taken is neither lost nor overtaken: while the ring is full it waits in a bounded queue.

The process has a group of its own: Ctrl-C in the terminal is the server's to decide on, and killing takes along what
the process had started.
"""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import subprocess
import sys
from collections import deque
from contextlib import suppress
from typing import TYPE_CHECKING, TypedDict, cast

import msgspec

from engine.errors import RingCorrupt
from engine.messages import Cancel, Forget, decode_event, encode
from engine.ring import RingReader, RingWriter
from engine.segment import Segment

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from engine.config import EngineConfig
    from engine.messages import Event, Request

logger = logging.getLogger("engine")

# -P: the current folder is the user's project, and may well have a folder named `engine` or `hardware`.
PROGRAM = (sys.executable, "-P", "-m", "engine.process")
BACKLOG_MESSAGES = 256
RETRY_S = 0.005  # how soon a full ring is tried again
GRACE_S = 2.0  # to end by itself
LAST_WORDS_S = 1.0  # for its standard error to run dry after its death
LAST_WORDS_LINES = 20
_BELL = b"\0"
_STDIN, _STDOUT = 0, 1


class Child(asyncio.SubprocessProtocol):
    """A running engine process. Made by `spawn`; whoever has it must `close` it."""

    _transport: asyncio.SubprocessTransport

    def __init__(self, segment: Segment, on_event: Callable[[Event], None]) -> None:
        self._segment = segment
        self._requests = RingWriter(segment.requests)
        self._events = RingReader(segment.events)
        self._on_event = on_event
        self._backlog: deque[bytes] = deque()
        self._stderr = b""
        self._last_words: deque[str] = deque(maxlen=LAST_WORDS_LINES)
        self._fault = ""
        self._exited = asyncio.Event()
        self._silent = asyncio.Event()
        self._released = False

    @classmethod
    async def spawn(cls, config: EngineConfig, on_event: Callable[[Event], None], program: Sequence[str]) -> Child:
        """Start `program`, an engine process. Raises OSError when the system does not let us.

        Raises ValueError for a configuration that holds what cannot be written.
        """
        segment = Segment.create()
        child = cls(segment, on_event)
        loop = asyncio.get_running_loop()
        try:
            command = (*program, segment.handle, msgspec.json.encode(config).decode())
            await loop.subprocess_exec(lambda: child, *command, pass_fds=segment.descriptors, **_own_group())
        except BaseException:
            child._release()
            raise
        return child

    def send(self, request: Request) -> bool:
        """Pass a request on, or queue it; False when too many are waiting, though never for Cancel and Forget.

        Raises MessageTooLarge. What is sent to a dead process goes nowhere.
        """
        frame = encode(request)
        if self._exited.is_set():
            return True
        self._requests.require_room_for(frame)
        if len(self._backlog) >= BACKLOG_MESSAGES and not isinstance(request, Cancel | Forget):
            return False
        self._backlog.append(frame)
        if len(self._backlog) == 1:
            self._flush()
        return True

    def drain(self) -> None:
        """Hand on the events that are there."""
        if self._released or self._fault:
            return
        try:
            while (frame := self._events.read()) is not None:
                self._on_event(decode_event(frame))
        except (RingCorrupt, msgspec.DecodeError) as error:
            self.kill(f"it sent what cannot be read ({error})")

    def kill(self, fault: str) -> None:
        """Kill the process and what it started; `fault` is why."""
        self._fault = self._fault or fault
        if sys.platform == "win32":
            self._transport.kill()
        else:
            with suppress(ProcessLookupError, PermissionError):  # macOS: of a group that only has dead members
                os.killpg(self._transport.get_pid(), signal.SIGKILL)

    async def wait(self) -> str:
        """Wait for the death, give its cause, and clear up."""
        await self._exited.wait()
        with suppress(TimeoutError):
            async with asyncio.timeout(LAST_WORDS_S):
                await self._silent.wait()
        self._transport.close()
        self._release()
        return self._cause()

    async def close(self) -> None:
        """End the process: by hanging up, and if that does not help, by force."""
        self._stdin().close()
        try:
            async with asyncio.timeout(GRACE_S):
                await self._exited.wait()
        except TimeoutError:
            self.kill("it did not end by itself")
        await self.wait()

    # What asyncio calls.

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the process's handle."""
        self._transport = cast("asyncio.SubprocessTransport", transport)

    def pipe_data_received(self, fd: int, data: bytes) -> None:
        """Answer the doorbell, or listen to what it says on standard error."""
        if fd == _STDOUT:
            self.drain()
        else:
            *lines, self._stderr = (self._stderr + data).split(b"\n")
            self._log(lines)

    def process_exited(self) -> None:
        """Take what it wrote last, and end the programs that it left behind."""
        self.drain()
        self._exited.set()
        if sys.platform != "win32":
            self.kill("")

    def connection_lost(self, _error: Exception | None) -> None:
        """Note that it is dead and all its pipes have run dry."""
        self._log([self._stderr])
        self._silent.set()

    # The rest.

    def _flush(self) -> None:
        """Move the backlog into the ring, as far as it goes; what is left is tried again soon."""
        if self._exited.is_set():
            return
        try:
            while self._backlog and self._requests.write(self._backlog[0]):
                self._backlog.popleft()
        except RingCorrupt as error:
            self.kill(f"it damaged the ring ({error})")
            return
        if self._backlog:
            asyncio.get_running_loop().call_later(RETRY_S, self._flush)
        if not self._stdin().is_closing():
            self._stdin().write(_BELL)

    def _stdin(self) -> asyncio.WriteTransport:
        return cast("asyncio.WriteTransport", self._transport.get_pipe_transport(_STDIN))

    def _log(self, lines: Sequence[bytes]) -> None:
        for line in lines:
            if text := line.decode("utf-8", "replace").rstrip():
                self._last_words.append(text)
                logger.info("%s", text)

    def _release(self) -> None:
        if not self._released:
            self._released = True
            self._requests.close()
            self._events.close()
            self._segment.close()

    def _cause(self) -> str:
        if self._fault:
            return f"The engine was stopped: {self._fault}."
        code = self._transport.get_returncode() or 0
        words = f": {self._last_words[-1]}" if self._last_words else ""
        if code >= 0:
            return f"The engine ended (exit code {code}){words}"
        hint = "; the system may have run out of memory" if -code == signal.SIGKILL else ""
        return f"The engine was killed by signal {-code} ({signal.strsignal(-code)}){hint}{words}"


class _OwnGroup(TypedDict, total=False):
    process_group: int
    creationflags: int


def _own_group() -> _OwnGroup:
    if sys.platform == "win32":
        return {"creationflags": subprocess.CREATE_NEW_PROCESS_GROUP}
    return {"process_group": 0}
