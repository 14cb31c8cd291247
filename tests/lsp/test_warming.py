from __future__ import annotations

import asyncio

from lsp.warming import Warming


class Warmed:
    """Keeps what the engine is told."""

    def __init__(self) -> None:
        self.documents: list[str] = []
        self.warming = Warming(self._hear)
        self._heard = asyncio.Event()

    def _hear(self, document: str) -> None:
        self.documents.append(document)
        self._heard.set()

    async def until(self, count: int) -> list[str]:
        while len(self.documents) < count:
            self._heard.clear()
            await self._heard.wait()
        return self.documents


async def test_of_documents_opened_together_the_last_is_warmed() -> None:
    warmed = Warmed()
    for name in "abc":
        warmed.warming.opened(name)
    assert await warmed.until(1) == ["c"]
    warmed.warming.opened("d")
    assert await warmed.until(2) == ["c", "d"]


async def test_what_is_touched_is_warmed_once_however_it_was_opened() -> None:
    warmed = Warmed()
    warmed.warming.opened("a")
    for name in "abab":
        warmed.warming.touch(name)
    assert await warmed.until(2) == ["a", "b"]
    warmed.warming.opened("c")
    assert await warmed.until(3) == ["a", "b", "c"]


async def test_what_is_dropped_is_not_warmed() -> None:
    warmed = Warmed()
    warmed.warming.touch("a")
    warmed.warming.drop("a")
    warmed.warming.opened("b")
    warmed.warming.drop("b")
    warmed.warming.opened("c")
    assert await warmed.until(1) == ["c"]
