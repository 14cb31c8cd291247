"""A server whose messages are handed over in memory: what a test sends, and all that the server sends back."""

from __future__ import annotations

import asyncio
import itertools
import json
from typing import TYPE_CHECKING, Any

from lsp.server import create_server
from lsp.settings import ServerOptions

if TYPE_CHECKING:
    from collections.abc import Callable

Message = dict[str, Any]  # JSON, as it comes


class InProcess:
    """The server, not yet initialized; its engine (the null device) starts with `initialized`."""

    def __init__(self) -> None:
        self.server = create_server(ServerOptions(device="null"))
        self.server.protocol.set_writer(self)
        self.sent: list[Message] = []
        self._numbers = itertools.count(1)
        self._heard = asyncio.Event()

    def write(self, data: bytes) -> None:
        self.sent.append(json.loads(data.partition(b"\r\n\r\n")[2]))
        self._heard.set()

    def close(self) -> None:
        """Nothing to close."""

    def raw(self, body: bytes) -> None:
        self.server.protocol.receive(body)

    def notify(self, method: str, params: object = None) -> None:
        self.raw(json.dumps({"jsonrpc": "2.0", "method": method, "params": params}).encode())

    def post(self, method: str, params: object = None) -> int:
        """Send a request without waiting for its answer."""
        number = next(self._numbers)
        self.raw(json.dumps({"jsonrpc": "2.0", "id": number, "method": method, "params": params}).encode())
        return number

    def reply(self, request: Message, result: object) -> None:
        """Answer a request of the server's."""
        self.raw(json.dumps({"jsonrpc": "2.0", "id": request["id"], "result": result}).encode())

    async def until(self, check: Callable[[Message], bool]) -> Message:
        """Wait for the first message that fulfils a condition."""
        while True:
            for message in self.sent:
                if check(message):
                    return message
            self._heard.clear()
            await self._heard.wait()

    async def answer(self, number: int) -> Message:
        return await self.until(lambda message: message.get("id") == number and "method" not in message)

    async def ask(self, method: str, params: object = None) -> Message:
        """Send a request and wait for its answer."""
        return await self.answer(self.post(method, params))

    async def said(self, method: str) -> Message:
        """Wait for the first request or notification of this method."""
        return await self.until(lambda message: message.get("method") == method)

    def all_said(self, method: str) -> list[Message]:
        return [message for message in self.sent if message.get("method") == method]

    async def initialize(self, **also: object) -> Message:
        return await self.ask("initialize", {"capabilities": {}, **also})
