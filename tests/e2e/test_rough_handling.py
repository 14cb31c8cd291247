"""Whatever is done to a document or the machine, other requests are answered, and it is said why one is not served."""

from __future__ import annotations

import os
from contextlib import contextmanager
from typing import TYPE_CHECKING

import psutil
import pytest
from support.conversation import EXPLICIT
from support.stdio import serving

if TYPE_CHECKING:
    from collections.abc import Iterator

    from support.stdio import Stdio

    from engine.models.bundle import Bundle

A, B = "file:///w/a.py", "file:///w/b.py"
# The null device completes a line that stands elsewhere, from its fourth character on.
PRICE = "def price(item):\n    total = item.cost * item.count\n"
TYPED, REST = "    again = it", "em.cost * item.count"
HUGE, LONG = "larger than 4 million characters", "too long to have been written by hand"
# A slow machine must not decide a test.
UNHURRIED = {"deadlineMs": 60_000, "coldDeadlineMs": 60_000, "explicitDeadlineMs": 60_000}

needs_affinity = pytest.mark.skipif(not hasattr(os, "sched_setaffinity"), reason="no affinity here")


@pytest.mark.parametrize(
    ("pasted", "times", "reason"),
    [
        ("x = 1  # nothing else\n", 250_000, HUGE),
        ("x", 1_000_000, LONG),
        ("\N{BALLOON}", 250_000, LONG),
        pytest.param("\n", 5_000_000, HUGE, marks=pytest.mark.slow),
        pytest.param("x = 1  # nothing else\n", 2_500_000, HUGE, marks=pytest.mark.slow),
    ],
)
async def test_pasting_megabytes_costs_the_document_its_suggestions_until_they_are_gone(
    pasted: str, times: int, reason: str
) -> None:
    async with serving() as server:
        await server.start(initializationOptions=UNHURRIED)
        for uri in (A, B):
            server.open(uri, PRICE + TYPED)
        before = server.post_inline(B, 2, len(TYPED))
        server.insert(A, 0, 0, pasted * times)
        assert (await server.answer(before))["result"]["items"][0]["insertText"] == REST
        assert await server.inline(A, 0, 1, EXPLICIT) is None
        assert reason in (await server.status())["last"]["reason"]
        server.insert(A, 0, 3, "y")
        assert await server.inline(B, 2, len(TYPED))
        lines = times if pasted.endswith("\n") else 0
        end = {"line": lines, "character": 0 if lines else 1 << 30}
        whole = {"range": {"start": {"line": 0, "character": 0}, "end": end}, "text": ""}
        undo = {"textDocument": {"uri": A, "version": 3}, "contentChanges": [whole, {"text": PRICE + TYPED}]}
        server.notify("textDocument/didChange", undo)
        assert await server.inline(A, 2, len(TYPED))


async def test_thousands_of_open_documents_do_not_keep_a_request_waiting() -> None:
    async with serving() as server:
        await server.start(initializationOptions=UNHURRIED)
        server.open(A, PRICE + TYPED)
        others = [f"file:///w/{number}.py" for number in range(5_000)]
        for number, uri in enumerate(others):
            server.open(uri, f"number = {number}\n{PRICE}{TYPED}")
        assert await server.inline(A, 2, len(TYPED))
        assert await server.inline(others[-1], 3, len(TYPED))
        for uri in others:
            server.close_document(uri)
        assert await server.inline(others[-1], 3, len(TYPED), EXPLICIT) is None
        assert (await server.status())["last"]["reason"] == "the document is not open"
        assert await server.inline(A, 2, len(TYPED))


async def test_a_machine_that_stood_still_goes_on() -> None:
    async with serving() as server:
        await server.start(initializationOptions={"deadlineMs": 1, "coldDeadlineMs": 1})
        server.open(A, PRICE + TYPED)
        tree = family(server)
        for process in tree:
            process.suspend()
        late = server.post_inline(A, 2, len(TYPED))
        for process in tree:
            process.resume()
        assert "result" in await server.answer(late)
        server.notify("workspace/didChangeConfiguration", {"settings": {"tandem": UNHURRIED}})
        item = await server.inline(A, 2, len(TYPED))
        assert item is not None
        assert item["insertText"] == REST
        assert len(server.answers(late)) == 1


@needs_affinity
async def test_one_core_is_enough() -> None:
    with one_core():
        async with serving() as server:
            await check_it_completes(server)


@needs_affinity
async def test_a_core_that_is_taken_away_stops_nothing() -> None:
    async with serving() as server:
        await check_it_completes(server)
        pin(server)
        server.open(B, PRICE + TYPED)
        assert await server.inline(B, 2, len(TYPED))


@needs_affinity
@pytest.mark.slow
@pytest.mark.model
async def test_the_real_model_takes_one_core(smollm_bundle: Bundle) -> None:
    arguments = ["--device", "cpu", "--model", str(smollm_bundle.root)]
    with one_core():
        async with serving(*arguments) as server:
            await check_it_completes(server)
    async with serving(*arguments) as server:
        await check_it_completes(server)
        pin(server)
        server.open(B, PRICE + TYPED)
        assert await server.inline(B, 2, len(TYPED), EXPLICIT)


async def check_it_completes(server: Stdio) -> None:
    await server.start(initializationOptions=UNHURRIED)
    server.open(A, PRICE + TYPED)
    assert await server.inline(A, 2, len(TYPED), EXPLICIT)


def family(server: Stdio) -> list[psutil.Process]:
    process = psutil.Process(server.process.pid)
    return [process, *process.children(recursive=True)]


@contextmanager
def one_core() -> Iterator[None]:
    """Leave one core to this process and to those that it starts meanwhile."""
    allowed = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {min(allowed)})
    try:
        yield
    finally:
        os.sched_setaffinity(0, allowed)


def pin(server: Stdio) -> None:
    """Leave one core to every thread of server and engine, which counted more when they started."""
    core = {min(os.sched_getaffinity(0))}
    for process in family(server):
        for thread in process.threads():
            os.sched_setaffinity(thread.id, core)
