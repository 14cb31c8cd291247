"""Why there was a suggestion, or none, on a page in a real VS Code."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from editors.texts import ADD

if TYPE_CHECKING:
    from editors.workbench import Workbench

pytestmark = [pytest.mark.slow, pytest.mark.asyncio(loop_scope="session")]


async def test_a_page_says_what_a_suggestion_was_made_from(workbench: Workbench) -> None:
    await workbench.open("explained.py", f"{ADD}    return ¦\n")
    await workbench.type("l")
    await workbench.shows("eft + right")
    page = await workbench.explained()
    assert "# Tandem at line 6, column 13" in page
    assert "There was a suggestion." in page
    assert "on null" in page
    assert "eft + right" in page
    await workbench.focused("explained.py")


async def test_a_page_says_why_there_was_none(workbench: Workbench) -> None:
    await workbench.open("silent.py", f"{ADD}    return ¦eft\n")
    await workbench.type("l")
    assert await workbench.answered("silent.py", "    return l") == []
    page = await workbench.explained()
    assert "Nothing was shown: the cursor stands inside a word." in page
    assert "eft + right" not in page


async def test_the_page_is_that_of_the_latest_suggestion_in_the_file_in_front(workbench: Workbench) -> None:
    await workbench.open("other.py", f"{ADD}    return ¦\n")
    await workbench.type("l")
    await workbench.shows("eft + right")
    await workbench.type("e")
    await workbench.shows("ft + right")
    assert "# Tandem at line 6, column 14" in await workbench.explained()
    await workbench.show("silent.py", 1, 1)
    assert "Nothing was shown" in await workbench.explained()


async def test_where_nothing_was_asked_a_message_says_so(workbench: Workbench) -> None:
    await workbench.open("untouched.py", ADD)
    await workbench.command("Tandem: Explain the Last Suggestion")
    await workbench.notifies("Nothing was suggested in this file lately")
