"""What keys do while ghost text is on the screen of a real VS Code."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from editors.texts import ADD

if TYPE_CHECKING:
    from editors.workbench import Workbench

pytestmark = [pytest.mark.slow, pytest.mark.asyncio(loop_scope="session")]

BLOCK = "    if ready:\n        start(now)\n        wait(then)\n"


async def test_accepting_a_word_leaves_the_rest(workbench: Workbench) -> None:
    await workbench.open("word.py", f"{ADD}    return ¦\n")
    await workbench.type("l")
    await workbench.shows("eft + right")
    await workbench.press("Control+ArrowRight")
    await workbench.shows(" + right")
    await workbench.press("Control+ArrowRight")
    await workbench.shows("+ right")  # to VS Code, the space was a word
    assert await workbench.saved("word.py") == f"{ADD}    return left \n"


async def test_accepting_a_line_leaves_the_rest(workbench: Workbench) -> None:
    await workbench.open("line.py", f"def one():\n{BLOCK}\n\ndef two():\n    if ready:¦\n")
    await workbench.press("Enter")
    await workbench.shows("start(now)\n        wait(then)")
    await workbench.press("Control+ArrowDown")
    await workbench.shows("        wait(then)")
    begun = "    if ready:\n        start(now)\n\n"
    assert await workbench.saved("line.py") == f"def one():\n{BLOCK}\n\ndef two():\n{begun}"
    await workbench.press("Control+ArrowDown")
    await workbench.shows("")
    assert await workbench.saved("line.py") == f"def one():\n{BLOCK}\n\ndef two():\n{BLOCK}"


async def test_typing_what_is_suggested_keeps_the_rest(workbench: Workbench) -> None:
    await workbench.open("through.py", f"{ADD}    return ¦\n")
    await workbench.type("l")
    await workbench.shows("eft + right")
    for typed in range(1, 9):
        await workbench.type("eft + right"[typed - 1])
        await workbench.shows("eft + right"[typed:])
    await workbench.press("Tab")
    await workbench.shows("")
    assert await workbench.saved("through.py") == f"{ADD}    return left + right\n"


async def test_typing_something_else_takes_it_away(workbench: Workbench) -> None:
    await workbench.open("against.py", f"{ADD}    return ¦\n")
    await workbench.type("l")
    await workbench.shows("eft + right")
    await workbench.type("x")
    await workbench.shows("")
    assert await workbench.answered("against.py", "    return lx") == []
    assert await workbench.ghost() == ""


async def test_backspace_brings_back_what_was_known(workbench: Workbench) -> None:
    await workbench.open("back.py", f"{ADD}    return ¦\n")
    await workbench.type("l")
    await workbench.shows("eft + right")
    await workbench.type("x")
    await workbench.shows("")
    await workbench.press("Backspace")
    await workbench.shows("eft + right")


async def test_backspace_starts_nothing_new(workbench: Workbench) -> None:
    await workbench.open("erase.py", f"{ADD}    return lefs¦\n")
    await workbench.press("Backspace")
    assert await workbench.answered("erase.py", "    return lef") == []
    assert await workbench.ghost() == ""


async def test_one_undo_takes_back_one_accept(workbench: Workbench) -> None:
    await workbench.open("undo.py", f"def one():\n{BLOCK}\n\ndef two():\n    if ready:¦\n")
    await workbench.press("Enter")
    await workbench.shows("start(now)\n        wait(then)")
    await workbench.press("Tab")
    await workbench.shows("")
    await workbench.press("Control+z")
    text = await workbench.saved("undo.py")
    assert text == f"def one():\n{BLOCK}\n\ndef two():\n    if ready:\n        \n"
    await workbench.press("Control+Shift+z")
    assert await workbench.saved("undo.py") == f"def one():\n{BLOCK}\n\ndef two():\n{BLOCK}"


async def test_escape_puts_it_away(workbench: Workbench) -> None:
    await workbench.open("escape.py", f"{ADD}    return ¦\n")
    await workbench.type("l")
    await workbench.shows("eft + right")
    await workbench.press("Escape")
    await workbench.shows("")
    await workbench.press("Tab")
    assert await workbench.saved("escape.py") == f"{ADD}    return l    \n"


async def test_tab_left_of_where_the_text_is_due_indents(workbench: Workbench) -> None:
    await workbench.open("indent.py", f"def one():\n{BLOCK}\n\ndef two():\n    if ready:\n¦\n")
    await workbench.type("      ")
    await workbench.shows("  start(now)\n        wait(then)")
    await workbench.press("Tab")
    await workbench.shows("start(now)\n        wait(then)")
    assert await workbench.saved("indent.py") == f"def one():\n{BLOCK}\n\ndef two():\n    if ready:\n        \n"
    await workbench.press("Tab")
    await workbench.shows("")
    assert await workbench.saved("indent.py") == f"def one():\n{BLOCK}\n\ndef two():\n{BLOCK}"
