"""The real server as a child, spoken to over its standard input and output."""

from __future__ import annotations

import asyncio
import json
import sys
from contextlib import asynccontextmanager, suppress
from typing import TYPE_CHECKING

import psutil
from support.conversation import Conversation

if TYPE_CHECKING:
    from collections.abc import AsyncIterator


class Stdio(Conversation):
    """A conversation with one server process."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        super().__init__()
        self.process = process
        self.log = b""
        self._tasks = [asyncio.create_task(self._listen()), asyncio.create_task(self._read_log())]

    @property
    def _stdin(self) -> asyncio.StreamWriter:
        assert self.process.stdin is not None
        return self.process.stdin

    def raw(self, body: bytes) -> None:
        self.octets(b"Content-Length: %d\r\n\r\n%b" % (len(body), body))

    def octets(self, data: bytes) -> None:
        """Send what need not even have a header."""
        self._stdin.write(data)

    def hang_up(self) -> None:
        self._stdin.close()

    async def end(self) -> int:
        """Wait for the server to end, and for all it said; gives its exit code."""
        code = await self.process.wait()
        await asyncio.wait(self._tasks)
        return code

    async def _listen(self) -> None:
        assert self.process.stdout is not None
        with suppress(asyncio.IncompleteReadError):
            while True:
                header = await self.process.stdout.readuntil(b"\r\n\r\n")
                length = int(header.split(b"\r\n")[0].removeprefix(b"Content-Length: "))
                self.hear(json.loads(await self.process.stdout.readexactly(length)))

    async def _read_log(self) -> None:
        assert self.process.stderr is not None
        while said := await self.process.stderr.read(65_536):
            self.log += said


@asynccontextmanager
async def serving(*arguments: str) -> AsyncIterator[Stdio]:
    """Run `tandem serve` on the null device, unless told otherwise; whatever a test leaves running is killed."""
    pipe = asyncio.subprocess.PIPE
    command = [sys.executable, "-m", "lsp", "serve", "--stdio", "--device", "null", *arguments]
    process = await asyncio.create_subprocess_exec(*command, stdin=pipe, stdout=pipe, stderr=pipe)
    stdio = Stdio(process)
    try:
        yield stdio
    finally:
        with suppress(ProcessLookupError):
            process.kill()
        await stdio.end()


def kill_engine(server_pid: int) -> None:
    """Kill what a server runs beside itself, as a crash or a lack of memory would."""
    for process in psutil.Process(server_pid).children(recursive=True):
        with suppress(psutil.NoSuchProcess):
            process.kill()
