"""Settings, switches, the status bar, and a server that dies, in a real VS Code."""

from __future__ import annotations

from typing import TYPE_CHECKING

import psutil
import pytest
from editors.texts import ADD

if TYPE_CHECKING:
    from editors.workbench import Workbench

pytestmark = [pytest.mark.slow, pytest.mark.asyncio(loop_scope="session")]


async def silent(workbench: Workbench, name: str) -> None:
    """Type what would be continued, and see that the server is not even asked."""
    await workbench.type("l")
    await workbench.saved(name)
    await workbench.suggests_elsewhere(f"after_{name}.py")
    assert not workbench.recording.questions(name)


async def test_the_status_bar_says_how_fast_it_is(workbench: Workbench) -> None:
    await workbench.open("ready.py", f"{ADD}    return ¦\n")
    await workbench.says(r"Tandem: ready( [\d.]+ ms)?")
    await workbench.type("l")
    await workbench.shows("eft + right")
    await workbench.says(r"Tandem: ready [\d.]+ ms")


async def test_the_status_says_why_nothing_was_shown(workbench: Workbench) -> None:
    await workbench.open("status.py", f"{ADD}    return ¦eft\n")
    await workbench.type("l")
    assert await workbench.answered("status.py", "    return l") == []
    await workbench.command("Tandem: Show Status")
    await workbench.page.locator(".quick-input-widget").get_by_text("the cursor stands inside a word").wait_for()
    await workbench.picture("vscode_status")
    await workbench.press("Escape")


async def test_settings_hold_at_once(workbench: Workbench) -> None:
    await workbench.settled(trigger="manual")
    await workbench.open("manual.py", f"{ADD}    return ¦\n")
    await workbench.type("l")
    assert await workbench.answered("manual.py", "    return l") == []
    await workbench.press("Alt+Backslash")
    await workbench.shows("eft + right")
    await workbench.settled(trigger="automatic")
    await workbench.open("automatic.py", f"{ADD}    return ¦\n")
    await workbench.type("l")
    await workbench.shows("eft + right")


async def test_a_language_that_is_switched_off_stays_silent(workbench: Workbench) -> None:
    await workbench.settled(languages={"lua": False})
    await workbench.open("off.lua", "local total = left + right\nlocal total = ¦\n")
    await workbench.says("Tandem: off")
    await silent(workbench, "off.lua")
    await workbench.settled(languages={})


async def test_a_setting_that_makes_no_sense_is_named(workbench: Workbench) -> None:
    await workbench.settled(deadlineMs="soon")
    await workbench.notifies('The setting "tandem.deadlineMs" was not used')
    await workbench.command("Notifications: Clear All Notifications")
    await workbench.settled()


async def test_a_file_can_be_switched_off_and_on(workbench: Workbench) -> None:
    await workbench.open("private.py", f"{ADD}    return ¦\n")
    await workbench.command("Tandem: Turn On or Off for This File")
    await workbench.says("Tandem: off")
    await workbench.focused("private.py")
    await silent(workbench, "private.py")
    await workbench.open("private.py", f"{ADD}    return ¦\n")
    await workbench.command("Tandem: Turn On or Off for This File")
    await workbench.says("Tandem: ready.*")


async def test_it_can_be_switched_off_and_on(workbench: Workbench) -> None:
    await workbench.open("switch.py", f"{ADD}    return ¦\n")
    servers = len(workbench.recording.lives())
    await workbench.command("Tandem: Turn On or Off")
    await workbench.says("Tandem: off")
    await workbench.until(lambda: not any(life.runs() for life in workbench.recording.lives()), "the server's end")
    await workbench.command("Tandem: Turn On or Off")
    await workbench.until(lambda: len(workbench.recording.lives()) > servers, "another server")
    await workbench.ready()
    await workbench.focused("switch.py")
    await workbench.type("l")
    await workbench.shows("eft + right")


async def test_a_server_that_is_killed_comes_back(workbench: Workbench) -> None:
    await workbench.open("killed.py", f"{ADD}    return ¦\n")
    killed = workbench.recording.latest()
    assert killed is not None
    psutil.Process(killed.pid).kill()
    await workbench.until(lambda: workbench.recording.latest() is not killed, "another server")
    await workbench.ready()
    await workbench.type("l")
    await workbench.shows("eft + right")
    await workbench.press("Tab")
    await workbench.shows("")
    assert await workbench.saved("killed.py") == f"{ADD}    return left + right\n"
