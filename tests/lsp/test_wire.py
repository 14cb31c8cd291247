from __future__ import annotations

import asyncio
import io
import os

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lsp.wire import LARGEST_BODY_BYTES, Outgoing, pump, read_body

BODIES = st.lists(st.binary(min_size=1, max_size=80), max_size=8)


def frame(body: bytes) -> bytes:
    return b"Content-Length: %d\r\nContent-Type: application/vscode-jsonrpc; charset=utf-8\r\n\r\n%b" % (
        len(body),
        body,
    )


def read_all(octets: bytes) -> list[bytes]:
    stream = io.BytesIO(octets)
    return list(iter(lambda: read_body(stream), None))


@given(bodies=BODIES)
def test_bodies_come_out_as_they_went_in(bodies: list[bytes]) -> None:
    assert read_all(b"".join(map(frame, bodies))) == bodies


@pytest.mark.parametrize(
    "damage",
    [
        b"Content-Length: many\r\n\r\n{}",
        b"Content-Length: -5\r\n\r\n{}",
        b"Content-Length: 0\r\n\r\n",
        b"Content-Type: none\r\n\r\n{}",
        b'{"jsonrpc": "2.0", "method": "exit"}',
        b"\r\n\r\n\r\n",
        b"\x00\xff\xfe garbage\n",
        b"Content-Length: %d\r\n\r\n" % (LARGEST_BODY_BYTES + 1),
        b"x" * 200_000,
    ],
)
def test_damage_costs_no_more_than_itself(damage: bytes) -> None:
    assert read_all(frame(b"one") + damage + frame(b"two") + frame(b"three")) == [b"one", b"two", b"three"]


@pytest.mark.parametrize("header", [b"content-length: 3", b"CONTENT-LENGTH:3", b"Content-Length:\t3 "])
def test_headers_are_read_as_http_has_them(header: bytes) -> None:
    assert read_all(header + b"\r\n\r\none") == [b"one"]
    assert read_all(header + b"\n\none") == [b"one"]


@given(octets=st.binary(max_size=300))
def test_reading_always_ends(octets: bytes) -> None:
    assert all(read_all(octets))


def test_a_body_that_is_cut_off_is_the_end() -> None:
    assert read_all(frame(b"one") + frame(b"twotwo")[:-1]) == [b"one"]


async def test_the_pump_hands_bodies_over_and_then_the_end() -> None:
    source, sink = os.pipe()
    delivered: asyncio.Queue[bytes | None] = asyncio.Queue()
    with os.fdopen(source, "rb") as incoming, os.fdopen(sink, "wb") as outgoing:
        pump(incoming, asyncio.get_running_loop(), delivered.put_nowait)
        outgoing.write(frame(b"one") + frame(b"two"))
        outgoing.close()
        assert [await delivered.get() for _ in range(3)] == [b"one", b"two", None]


def test_an_editor_that_reads_no_more_is_noticed() -> None:
    source, sink = os.pipe()
    os.close(source)
    noticed: list[bool] = []
    with os.fdopen(sink, "wb", buffering=0) as stream:
        outgoing = Outgoing(stream, lambda: noticed.append(True))
        outgoing.write(b"one")
    assert noticed == [True]
    outgoing.write(b"two")
    assert noticed == [True, True]
