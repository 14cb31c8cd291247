"""Ghost text on the screen of a real VS Code, and the file after it was taken, in all kinds of places."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from editors.texts import ADD

if TYPE_CHECKING:
    from editors.workbench import Workbench

pytestmark = [pytest.mark.slow, pytest.mark.asyncio(loop_scope="session")]


async def test_appears_at_the_cursor_and_is_taken_by_tab(workbench: Workbench) -> None:
    await workbench.open("appears.py", f"{ADD}    return ¦\n")
    await workbench.type("l")
    await workbench.shows("eft + right")
    await workbench.press("Tab")
    await workbench.shows("")
    assert await workbench.saved("appears.py") == f"{ADD}    return left + right\n"


async def test_has_as_many_lines_as_the_block_that_is_due(workbench: Workbench) -> None:
    area = "    def area(self):\n        size = self.width\n        return size * size\n"
    await workbench.open("lines.py", f"class First:\n{area}\n\nclass Second:\n    def area(self):¦\n")
    await workbench.press("Enter")
    await workbench.shows("size = self.width\n        return size * size")
    await workbench.press("Tab")
    await workbench.shows("")
    assert await workbench.saved("lines.py") == f"class First:\n{area}\n\nclass Second:\n{area}"


async def test_leaves_out_what_stands_right_of_the_cursor(workbench: Workbench) -> None:
    call = "value = compute(alpha, beta)\n"
    await workbench.open("middle.py", f"{call}\nvalue = compute(¦, beta)\n")
    await workbench.type("a")
    await workbench.shows("lpha")
    await workbench.press("Tab")
    await workbench.shows("")
    assert await workbench.saved("middle.py") == f"{call}\n{call}"


async def test_leaves_out_the_bracket_that_the_editor_closed(workbench: Workbench) -> None:
    await workbench.open("brackets.py", "first = merge(alpha, beta)\nagain = merge¦\n")
    await workbench.type("(")
    await workbench.shows("alpha, beta")
    await workbench.press("Tab")
    await workbench.shows("")
    assert await workbench.saved("brackets.py") == "first = merge(alpha, beta)\nagain = merge(alpha, beta)\n"


async def test_comes_and_goes_at_the_right_place_behind_wide_characters(workbench: Workbench) -> None:
    line = 'title = "😀 𐌰 größer 日本"; width = measure("𐌰😀")\n'
    await workbench.open("unicode.py", f"{line}\n" + line.partition(" = mea")[0] + "¦\n")
    await workbench.type(" ")
    await workbench.shows('= measure("𐌰😀")')
    await workbench.press("Tab")
    await workbench.shows("")
    assert await workbench.saved("unicode.py") == f"{line}\n{line}"


async def test_keeps_the_line_endings_of_the_file(workbench: Workbench) -> None:
    body = "    if ready:\r\n        start(now)\r\n        wait(then)\r\n"
    await workbench.open("windows.py", f"def one():\r\n{body}\r\n\r\ndef two():\r\n    if ready:¦\r\n")
    await workbench.press("Enter")
    await workbench.shows("start(now)\n        wait(then)")
    await workbench.press("Tab")
    await workbench.shows("")
    assert await workbench.saved("windows.py") == f"def one():\r\n{body}\r\n\r\ndef two():\r\n{body}"


async def test_keeps_tabs(workbench: Workbench) -> None:
    body = "\tif (ready) {\n\t\tstart(now);\n\t\twait(then);\n"
    await workbench.open("tabs.c", f"one() {{\n{body}\t}}\n}}\ntwo() {{\n\tif (ready) {{¦\n\t}}\n}}\n")
    await workbench.press("Enter")
    await workbench.shows("start(now);\n        wait(then);")  # as tabs look
    await workbench.press("Tab")
    await workbench.shows("")
    assert await workbench.saved("tabs.c") == f"one() {{\n{body}\t}}\n}}\ntwo() {{\n{body}\t}}\n}}\n"


async def test_is_none_inside_a_word(workbench: Workbench) -> None:
    await workbench.open("word.py", f"{ADD}    return ¦eft\n")
    await workbench.type("l")
    assert await workbench.answered("word.py", "    return l") == []
    assert await workbench.ghost() == ""
