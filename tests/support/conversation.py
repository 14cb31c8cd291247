"""An editor's side of a conversation in plain JSON: what a test sends, and everything that the server said.

Unlike a real client it can send what makes no sense, and counts the answers to a request.
"""

from __future__ import annotations

import asyncio
import itertools
import json
from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

Message = dict[str, Any]  # JSON, as it comes
AUTOMATIC, EXPLICIT = 2, 1


class Conversation(ABC):
    """Messages in both directions, over whatever carries them."""

    def __init__(self) -> None:
        self.heard: list[Message] = []
        self._numbers = itertools.count(1)
        self._news = asyncio.Event()

    @abstractmethod
    def raw(self, body: bytes) -> None:
        """Send one message's body, whatever is in it."""

    def hear(self, message: Message) -> None:
        """Take in what the server said."""
        self.heard.append(message)
        self._news.set()

    def send(self, **message: object) -> None:
        self.raw(json.dumps({"jsonrpc": "2.0", **message}).encode())

    def notify(self, method: str, params: object = None) -> None:
        self.send(method=method, params=params)

    def post(self, method: str, params: object = None) -> int:
        """Send a request without waiting for its answer."""
        number = next(self._numbers)
        self.send(id=number, method=method, params=params)
        return number

    def reply(self, request: Message, result: object) -> None:
        """Answer a request of the server's."""
        self.send(id=request["id"], result=result)

    async def until(self, check: Callable[[Message], bool]) -> Message:
        """Wait for the first message that fulfils a condition."""
        while True:
            for message in self.heard:
                if check(message):
                    return message
            self._news.clear()
            await self._news.wait()

    async def answer(self, number: int) -> Message:
        return await self.until(lambda message: message.get("id") == number and "method" not in message)

    async def ask(self, method: str, params: object = None) -> Message:
        """Send a request and wait for its answer."""
        return await self.answer(self.post(method, params))

    async def said(self, method: str) -> Message:
        """Wait for the first request or notification of this method."""
        return await self.until(lambda message: message.get("method") == method)

    def all_said(self, method: str) -> list[Message]:
        return [message for message in self.heard if message.get("method") == method]

    def answers(self, number: int) -> list[Message]:
        return [message for message in self.heard if message.get("id") == number and "method" not in message]

    async def initialize(self, **also: object) -> Message:
        return await self.ask("initialize", {"capabilities": {}, **also})

    async def status(self) -> Message:
        status: Message = (await self.ask("tandem/status"))["result"]
        return status

    async def start(self, **also: object) -> Message:
        """Shake hands and wait for the engine."""
        answer = await self.initialize(**also)
        self.notify("initialized", {})
        await self.until(_says_ready)
        return answer

    def open(self, uri: str, text: str, language: str = "python") -> None:
        item = {"uri": uri, "languageId": language, "version": 1, "text": text}
        self.notify("textDocument/didOpen", {"textDocument": item})

    def insert(self, uri: str, line: int, column: int, text: str, *, replaces: int = 0) -> None:
        """Put text at a place, in place of as many columns."""
        start, end = {"line": line, "character": column}, {"line": line, "character": column + replaces}
        change = {"range": {"start": start, "end": end}, "text": text}
        identity = {"uri": uri, "version": 2}
        self.notify("textDocument/didChange", {"textDocument": identity, "contentChanges": [change]})

    def close_document(self, uri: str) -> None:
        self.notify("textDocument/didClose", {"textDocument": {"uri": uri}})

    def post_inline(self, uri: str, line: int, column: int, kind: int = AUTOMATIC) -> int:
        """Ask for a suggestion without waiting."""
        place = {"textDocument": {"uri": uri}, "position": {"line": line, "character": column}}
        return self.post("textDocument/inlineCompletion", {**place, "context": {"triggerKind": kind}})

    async def inline(self, uri: str, line: int, column: int, kind: int = AUTOMATIC) -> Message | None:
        """Ask for a suggestion; gives the item, if there is one."""
        answer = await self.answer(self.post_inline(uri, line, column, kind))
        items: list[Message] = answer["result"]["items"]
        return items[0] if items else None


def _says_ready(message: Message) -> bool:
    return bool(message.get("method") == "tandem/status" and message["params"]["state"] == "ready")
