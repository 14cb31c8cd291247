"""The client's end of a language server that runs as a child and speaks over its stdio.

Invariant: when `connect` is left, by whatever way, the child has ended. Every request still open when it ends fails
with ServerLost, which quotes the last thing that the child said.
"""

from __future__ import annotations

import asyncio
import sys
from contextlib import asynccontextmanager, suppress
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

from lsprotocol import types
from lsprotocol.converters import get_converter
from pygls.exceptions import JsonRpcException, JsonRpcRequestCancelled
from pygls.lsp.client import LanguageClient
from pygls.protocol import JsonRPCNotification, JsonRPCRequestMessage, JsonRPCResponseMessage

from lsp.errors import ServerLost
from lsp.protocol import GROWN, STATUS

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Mapping, Sequence
    from concurrent.futures import Future

    from cattrs import Converter

    Growing = Callable[[int, Sequence[types.InlineCompletionItem]], None]

PROGRAM = (sys.executable, "-P", "-m", "lsp")
FAREWELL_S = 5.0
_LAST_WORDS_BYTES = 8_000


class Connection(LanguageClient):
    """One running language server; `growing` has, by document, whom to tell of a longer suggestion."""

    def __init__(self) -> None:
        self.converter = _plain_converter()
        super().__init__("tandem-headless", version("tandem-lsp"), converter_factory=lambda: self.converter)
        self._last_words = b""
        self.growing: dict[str, Growing] = {}
        self.feature(GROWN)(_hand_over)
        for method in (STATUS, types.WINDOW_LOG_MESSAGE, types.WINDOW_SHOW_MESSAGE):
            self.feature(method)(_take_note)

    @property
    def pid(self) -> int:
        """The server's process id."""
        return self._process.pid

    @property
    def _process(self) -> asyncio.subprocess.Process:
        if self._server is None:
            raise RuntimeError("the connection was never started")
        return self._server

    async def start(self, command: Sequence[str]) -> None:
        """Start the server in a session of its own, so that Ctrl-C in a terminal leaves its end to us."""
        await self.start_io(*command, start_new_session=True)
        self._async_tasks.append(asyncio.create_task(self._listen()))

    def send(self, method: str, params: object, request_id: str | None = None) -> Future[object]:
        """Send a request now; `result` waits for its answer. Raises ServerLost when the server has ended."""
        if self.stopped:
            raise ServerLost(self._epitaph())
        return self.protocol.send_request(method, params, msg_id=request_id)

    async def result(self, sent: Future[object]) -> object:
        """Wait for the answer to a sent request; None for a cancelled one. Raises ServerLost."""
        try:
            # Shielded: pygls does not expect that what it will put the answer into was cancelled meanwhile.
            return await asyncio.shield(asyncio.wrap_future(sent))
        except JsonRpcRequestCancelled:
            return None
        except JsonRpcException as error:
            raise ServerLost(f"The language server refused a request: {error.message}") from error
        except RuntimeError as error:
            raise ServerLost(self._epitaph()) from error

    async def request(self, method: str, params: object = None) -> object:
        """Send a request and wait for its answer. Raises ServerLost."""
        return await self.result(self.send(method, params))

    def notify(self, method: str, params: object) -> None:
        """Send a notification. Raises ServerLost when the server has ended."""
        if self.stopped:
            raise ServerLost(self._epitaph())
        self.protocol.notify(method, params)

    async def finish(self) -> None:
        """Ask the server to end, and see to it that it has."""
        if not self.stopped:
            with suppress(TimeoutError, ServerLost):
                async with asyncio.timeout(FAREWELL_S):
                    await self.request(types.SHUTDOWN)
                    self.notify(types.EXIT, None)
                    await self._process.wait()
        with suppress(ProcessLookupError):
            self._process.kill()
        await self._process.wait()
        await asyncio.wait(self._async_tasks, timeout=FAREWELL_S)

    async def _listen(self) -> None:
        """Keep the pipe of the server's log from filling up, and the end of what it said."""
        stream = self._process.stderr
        while stream is not None and (said := await stream.read(_LAST_WORDS_BYTES)):
            self._last_words = (self._last_words + said)[-_LAST_WORDS_BYTES:]

    def _epitaph(self) -> str:
        lines = self._last_words.decode(errors="replace").strip().splitlines()
        said = f"; it last said: {lines[-1].strip()}" if lines else "; it said nothing"
        return f"The language server ended with exit code {self._process.returncode}{said}"


@asynccontextmanager
async def connect(arguments: Sequence[str], program: Sequence[str] = PROGRAM) -> AsyncIterator[Connection]:
    """Run `tandem serve --stdio` with these arguments for as long as the context lasts."""
    connection = Connection()
    await connection.start([*program, "serve", "--stdio", *arguments])
    try:
        yield connection
    finally:
        await connection.finish()


def _hand_over(ls: Connection, params: Mapping[str, Any]) -> None:
    """Tell whoever has that document open of its longer suggestion."""
    document, items = params["textDocument"], params["items"]
    if growing := ls.growing.get(document["uri"]):
        growing(document["version"], ls.converter.structure(items, list[types.InlineCompletionItem]))


def _take_note(_params: object) -> None:
    """Accept a notification that asks for nothing."""


def _plain_converter() -> Converter:
    """Leave the params and results of methods that LSP does not know as plain JSON."""
    converter = get_converter()

    def as_it_is(message: Mapping[str, object], kind: type) -> object:
        return kind(**message)

    for kind in (JsonRPCNotification, JsonRPCRequestMessage, JsonRPCResponseMessage):
        converter.register_structure_hook(kind, as_it_is)
    return converter
