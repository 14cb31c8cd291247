"""Suggestions that grow on the screen of a real VS Code, those that must not, several to choose from, and a server
that stays away.

The server is a scripted one, so that what comes when is the test's to say.
"""

from __future__ import annotations

import os
import signal
from typing import TYPE_CHECKING

import pytest
import pytest_asyncio
from editors.profile import profile
from editors.recording import Recording
from editors.scripted import TOLD, scripted_python
from editors.workbench import window

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from editors.hosting import Host
    from editors.workbench import Workbench

pytestmark = [pytest.mark.slow, pytest.mark.asyncio(loop_scope="session")]


@pytest.fixture(scope="module")
def script(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder that tells the server what to do."""
    return tmp_path_factory.mktemp("script")


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def opened(host: Host, script: Path, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Workbench]:
    """A window whose server is scripted."""
    (script / "suggestion").write_text("eft")
    (script / "others").write_text("eft - right\neft * right\n")
    host.settle(profile(scripted_python(script)))
    recording = Recording(tmp_path_factory.mktemp("recording"))
    async with window(host, tmp_path_factory.mktemp("workspace"), recording) as workbench:
        await workbench.open("first.py", "")
        await workbench.until((script / "pid").exists, "a server")
        yield workbench


async def suggested(workbench: Workbench, script: Path, name: str) -> None:
    """Get a suggestion on screen that has yet to grow."""
    (script / "grown").unlink(missing_ok=True)
    await workbench.open(name, "one()\n    return ¦\n")
    await workbench.type("l")
    await workbench.shows("eft")


async def told(workbench: Workbench, script: Path) -> None:
    """Let it grow, and wait until the editor has heard of it."""
    (script / "grown").write_text("eft + right")
    await unnotified(workbench)


async def unnotified(workbench: Workbench) -> None:
    """Wait for the message that the editor was told, and put it away."""
    toast = workbench.page.locator(".notification-toast").filter(has_text=TOLD)
    await toast.wait_for()
    await toast.hover()
    await toast.locator(".codicon-notifications-clear").click()
    await toast.wait_for(state="detached")


async def test_what_is_on_screen_grows_and_is_taken_whole(workbench: Workbench, script: Path) -> None:
    await suggested(workbench, script, "grows.py")
    (script / "grown").write_text("eft + right")
    await workbench.shows("eft + right")
    await workbench.press("Tab")
    await workbench.shows("")
    assert await workbench.saved("grows.py") == "one()\n    return left + right\n"


@pytest.mark.parametrize("key", ["Escape", "Home"])
async def test_what_was_put_away_stays_away(workbench: Workbench, script: Path, key: str) -> None:
    await suggested(workbench, script, f"{key}.py")
    await workbench.press(key)
    await workbench.shows("")
    await told(workbench, script)
    assert await workbench.ghost() == ""
    await workbench.press("End", "Alt+Backslash")
    await workbench.shows("eft + right")


async def test_a_user_who_asks_is_answered_while_we_look_whether_it_is_on_screen(
    workbench: Workbench, script: Path
) -> None:
    await suggested(workbench, script, "meanwhile.py")
    await workbench.press("Escape")
    await workbench.shows("")
    asked = (script / "asked").read_text()
    (script / "grown").write_text("eft + right")
    await workbench.page.locator(".notification-toast").filter(has_text=TOLD).wait_for()
    await workbench.press("Alt+Backslash")
    await workbench.shows("eft + right")
    assert (script / "asked").read_text() == asked + "Invoked\n"
    await unnotified(workbench)


async def test_of_several_suggestions_the_one_on_screen_is_taken(workbench: Workbench, script: Path) -> None:
    await suggested(workbench, script, "several.py")
    await workbench.press("Alt+Backslash")
    for key, text in (("]", "eft - right"), ("]", "eft * right"), ("]", "eft"), ("[", "eft * right")):
        await workbench.press(f"Alt+{key}")
        await workbench.shows(text)
    await workbench.press("Tab")
    await workbench.shows("")
    assert await workbench.saved("several.py") == "one()\n    return left * right\n"


async def test_a_server_that_does_not_come_up_again_is_told_of(workbench: Workbench, script: Path) -> None:
    (script / "broken").touch()
    pid = int((script / "pid").read_text())
    (script / "pid").unlink()
    os.kill(pid, signal.SIGKILL)
    await workbench.notifies("Tandem's server did not start: No module named lsp", "Retry")
    await workbench.says("Tandem: failed")
    (script / "broken").unlink()
    await workbench.page.locator(".notification-toast").get_by_text("Retry").click()
    await workbench.until((script / "pid").exists, "another server")
    await suggested(workbench, script, "again.py")
