from __future__ import annotations

import asyncio
import random
import socket
import struct
import subprocess
import sys
from typing import TYPE_CHECKING, ClassVar

import psutil
import pytest
from support.stdio import Stdio, kill_engine, serving

if TYPE_CHECKING:
    from collections.abc import Callable

    from support.conversation import Message

A = "file:///w/a.py"
# The null device completes a line that stands elsewhere, from its fourth character on.
PRICE = "def price(item):\n    total = item.cost * item.count\n"
TYPED, REST = "    again = it", "em.cost * item.count"


async def test_from_the_first_message_to_the_last() -> None:
    async with serving() as server:
        await server.start()
        engine = psutil.Process(server.process.pid).children(recursive=True)
        server.open(A, PRICE + TYPED)
        item = await server.inline(A, 2, len(TYPED))
        assert item is not None
        place = {"line": 2, "character": len(TYPED)}
        assert (item["insertText"], item["range"]) == (REST, {"start": place, "end": place})
        account = item["command"]["arguments"][0]
        assert (account["model"], account["device"], account["source"]) == ("null", "null", "engine")
        accept = {"command": item["command"]["command"], "arguments": item["command"]["arguments"]}
        assert (await server.ask("workspace/executeCommand", accept))["result"] is None
        status = await server.status()
        assert status["last"]["outcome"] == "shown"
        assert (status["counts"]["requests"], status["counts"]["shown"], status["counts"]["accepted"]) == (1, 1, 1)
        assert (await server.ask("shutdown"))["result"] is None
        server.notify("exit")
        assert await server.end() == 0
        assert engine
        assert psutil.wait_procs(engine, timeout=5)[1] == []


@pytest.mark.parametrize(("shut_down", "hang_up", "code"), [(True, True, 0), (False, True, 1), (False, False, 1)])
async def test_the_exit_code_says_whether_the_editor_said_goodbye(shut_down: bool, hang_up: bool, code: int) -> None:
    async with serving() as server:
        await server.start()
        engine = psutil.Process(server.process.pid).children(recursive=True)
        if shut_down:
            await server.ask("shutdown")
        if hang_up:
            server.hang_up()
        else:
            server.notify("exit")
        assert await server.end() == code
        assert psutil.wait_procs(engine, timeout=5)[1] == []


async def test_damaged_messages_do_not_end_the_server() -> None:
    async with serving() as server:
        await server.start()
        for damage in (
            b"Content-Length: 3\r\n\r\n{{{",
            b"no header at all\n",
            b"Content-Length: x\r\n\r\n{}",
            b"\x00\xff\r\n\r\n",
        ):
            server.octets(damage)
            assert (await server.status())["state"] == "ready"
        assert [message["error"]["code"] for message in server.heard if "error" in message] == [-32700]


async def test_a_storm_of_requests_leaves_only_the_newest_with_text() -> None:
    async with serving() as server:
        await server.start(initializationOptions={"deadlineMs": 60_000})
        server.open(A, PRICE + TYPED)
        (engine,) = psutil.Process(server.process.pid).children()
        engine.suspend()  # lest it answers one before the next one comes
        *older, newest = [server.post_inline(A, 2, len(TYPED)) for _ in range(200)]
        assert [(await server.answer(number))["result"]["items"] for number in older] == [[]] * len(older)
        engine.resume()
        assert (await server.answer(newest))["result"]["items"][0]["insertText"] == REST
        assert all(len(server.answers(number)) == 1 for number in (*older, newest))


async def test_the_log_holds_no_text_of_documents() -> None:
    async with serving("--log-level", "debug") as server:
        await server.start()
        secret = "hunter2_sesame"
        server.open(A, f"{secret} = 1\n\n{secret[:9]}")
        item = await server.inline(A, 2, 9)
        assert item is not None
        assert item["insertText"] == "esame = 1"
        server.notify("textDocument/didOpen", {"textDocument": {"text": secret}})
        await server.ask("textDocument/inlineCompletion", {"textDocument": secret})
        server.raw(secret.encode())
        await server.ask("shutdown")
        server.notify("exit")
        await server.end()
        assert b"refused a message" in server.log
        assert b"hunter2" not in server.log


def framed(body: bytes) -> bytes:
    return b"Content-Length: %d\r\n\r\n%b" % (len(body), body)


@pytest.mark.slow
def test_an_editor_that_stops_reading_and_leaves_is_not_outlived() -> None:
    command = [sys.executable, "-m", "lsp", "serve", "--device", "null"]
    first = b'{"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": {"capabilities": {}}}'
    status = framed(b'{"jsonrpc": "2.0", "id": 2, "method": "tandem/status"}')
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as server:
        try:
            assert server.stdin is not None
            server.stdin.write(framed(first) + status * 2_000)  # answers of more than any pipe holds
            server.stdin.close()
            assert server.wait(60) == 1
        finally:
            server.kill()


def reset(connection: socket.socket) -> None:
    """Leave in the middle of an answer, without a goodbye."""
    status = b"".join(framed(b'{"jsonrpc": "2.0", "id": %d, "method": "tandem/status"}' % at) for at in range(300))
    connection.sendall(status)
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


def say_goodbye(connection: socket.socket) -> None:
    """End the server and stay connected until it has gone."""
    connection.sendall(framed(b'{"jsonrpc": "2.0", "method": "exit"}'))
    while connection.recv(65_536):
        pass


@pytest.mark.parametrize("leave", [socket.socket.close, reset, say_goodbye])
async def test_over_tcp(leave: Callable[[socket.socket], None]) -> None:
    pipe = asyncio.subprocess.PIPE
    command = [sys.executable, "-m", "lsp", "serve", "--device", "null", "--tcp", "127.0.0.1:0"]
    process = await asyncio.create_subprocess_exec(*command, stderr=pipe)
    assert process.stderr is not None
    try:
        address = (await process.stderr.readline()).split()[-1].decode()
        host, _, port = address.rpartition(":")
        with socket.create_connection((host, int(port))) as connection:
            body = b'{"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": {"capabilities": {}}}'
            await asyncio.to_thread(connection.sendall, framed(body))
            assert (await asyncio.to_thread(connection.recv, 65_536)).startswith(b"Content-Length: ")
            await asyncio.to_thread(leave, connection)
        assert await process.wait() == 1
        assert b"Cannot listen" not in await process.stderr.read()
    finally:
        if process.returncode is None:
            process.kill()
        await process.communicate()


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(4))
async def test_chaos_leaves_no_request_without_exactly_one_answer(seed: int) -> None:
    async with serving() as server:
        await server.start()
        chaos = Chaos(server, random.Random(seed))
        for _ in range(1_500):
            await chaos.strike()
        for number in chaos.numbers:
            await server.answer(number)
        await server.status()
        assert {len(server.answers(number)) for number in chaos.numbers} == {1}
        assert {_kind(server.answers(number)[0]) for number in chaos.numbers} == {"items", -32800, -32602}
        assert (await server.ask("shutdown"))["result"] is None
        server.notify("exit")
        assert await server.end() == 0


class Chaos:
    """An editor out of its mind, over several documents."""

    URIS = (A, "file:///w/b.py", "file:///w/.env")
    WEIGHTS: ClassVar = {"ask": 900, "type": 900, "cancel": 400, "open": 100, "close": 100, "junk": 100, "kill": 2}

    def __init__(self, server: Stdio, random_: random.Random) -> None:
        self.numbers: list[int] = []
        self._server = server
        self._random = random_
        for uri in self.URIS:
            server.open(uri, PRICE + TYPED)

    async def strike(self) -> None:
        """Do one thing that may or may not make sense."""
        uri, line, column = self._random.choice(self.URIS), self._random.randrange(4), self._random.randrange(20)
        match self._random.choices(list(self.WEIGHTS), list(self.WEIGHTS.values()))[0]:
            case "ask":
                self.numbers.append(
                    self._server.post_inline(uri, line, column, self._random.choice([0, 1, 2, 2, 2, 7]))
                )
            case "type":
                text = self._random.choice(["x", "item.", "\n", "\r\n", "\U0001f600", ""])
                self._server.insert(uri, line, column, text, replaces=self._random.choice([0, 0, 1, 5]))
            case "cancel" if self.numbers:
                self._server.notify("$/cancelRequest", {"id": self._random.choice(self.numbers[-3:])})
            case "open":
                self._server.open(uri, PRICE + TYPED)
            case "close":
                self._server.close_document(uri)
            case "junk":
                self._server.octets(self._random.choice([b"junk\n", b"Content-Length: 2\r\n\r\n{]", b"\r\n\r\n"]))
            case "kill":
                kill_engine(self._server.process.pid)
        if self._random.random() < 0.2:
            await asyncio.sleep(self._random.choice([0, 0.001, 0.01]))


def _kind(answer: Message) -> object:
    return answer["error"]["code"] if "error" in answer else next(iter(answer["result"]))
