"""What is switched off in a real VS Code does not leave it: the server never hears of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from editors.texts import ADD

if TYPE_CHECKING:
    from editors.workbench import Workbench

pytestmark = [pytest.mark.slow, pytest.mark.asyncio(loop_scope="session")]


def heard(workbench: Workbench, text: str) -> bool:
    """Whether a text was ever sent to a server."""
    return any(text.encode() in path.read_bytes() for path in workbench.recording.folder.glob("*.jsonl"))


async def test_a_language_that_is_off_is_not_sent_and_is_once_it_is_on(workbench: Workbench) -> None:
    await workbench.settled(languages={"lua": False})
    await workbench.open("quiet.lua", "local secret_word = left + right\nlocal total = ¦\n")
    await workbench.says("Tandem: off")
    await workbench.type("l")
    await workbench.saved("quiet.lua")
    await workbench.suggests_elsewhere("besides.py")
    assert not heard(workbench, "secret_word")
    assert not heard(workbench, "quiet.lua")
    await workbench.settled()
    await workbench.until(lambda: heard(workbench, "secret_word"), "the text of what is switched on")
    await workbench.open("quiet.lua", "local secret_word = left + right\nlocal total = l¦\n")
    await workbench.type("e")
    await workbench.shows("ft + right")


async def test_a_file_that_is_off_stays_off_by_another_name(workbench: Workbench) -> None:
    await workbench.open("mine.py", f"{ADD}    return ¦\n")
    await workbench.command("Tandem: Turn On or Off for This File")
    await workbench.says("Tandem: off")
    await workbench.rename("mine.py", "moved.py")
    await workbench.says("Tandem: off")
    await workbench.type("hidden_word")
    await workbench.saved("moved.py")
    await workbench.suggests_elsewhere("other.py")
    assert not heard(workbench, "hidden_word")
    assert not heard(workbench, "moved.py")
