"""Suggestions that are longer than they were at first, on the screen of a real VS Code.

The engine answers with four characters, which are more than the first word, and says the rest right after.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from editors.workbench import Workbench

pytestmark = [pytest.mark.slow, pytest.mark.asyncio(loop_scope="session")]

FAULT = "grows"

BLOCK = "    if ready:\n        go = now()\n        wait(then)\n"
CODE = f"def one():\n{BLOCK}\n\ndef two():\n    if ready:¦\n"
WHOLE = f"def one():\n{BLOCK}\n\ndef two():\n{BLOCK}"


async def test_it_is_taken_whole(workbench: Workbench) -> None:
    await workbench.open("whole.py", CODE)
    await workbench.press("Enter")
    await workbench.shows("go = now()\n        wait(then)")
    await workbench.press("Tab")
    await workbench.shows("")
    assert await workbench.saved("whole.py") == WHOLE


async def test_typing_what_it_says_keeps_the_rest(workbench: Workbench) -> None:
    await workbench.open("through.py", CODE)
    await workbench.press("Enter")
    await workbench.shows("go = now()\n        wait(then)")
    await workbench.type("go")
    await workbench.shows(" = now()\n        wait(then)")
    await workbench.press("Tab")
    assert await workbench.saved("through.py") == WHOLE


async def test_accepting_a_word_keeps_the_rest(workbench: Workbench) -> None:
    await workbench.open("word.py", CODE)
    await workbench.press("Enter")
    await workbench.shows("go = now()\n        wait(then)")
    await workbench.press("Control+ArrowRight")
    await workbench.shows(" = now()\n        wait(then)")
    await workbench.press("Tab")
    assert await workbench.saved("word.py") == WHOLE


async def test_accepting_a_line_keeps_the_rest(workbench: Workbench) -> None:
    await workbench.open("line.py", CODE)
    await workbench.press("Enter")
    await workbench.shows("go = now()\n        wait(then)")
    await workbench.press("Control+ArrowDown")
    await workbench.shows("        wait(then)")
    await workbench.press("Control+ArrowDown")
    assert await workbench.saved("line.py") == WHOLE
