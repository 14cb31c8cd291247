"""More than one place at a time: menus, panes, windows, and files that get another name, in a real VS Code."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from editors.texts import ADD
from editors.workbench import window
from support.readonly import read_only

if TYPE_CHECKING:
    from pathlib import Path

    from editors.hosting import Host
    from editors.workbench import Workbench

pytestmark = [pytest.mark.slow, pytest.mark.asyncio(loop_scope="session")]


async def test_goes_on_from_the_selected_entry_of_the_menu(workbench: Workbench) -> None:
    line = "local horizontal = measure(width)\n"
    await workbench.open("menu.lua", f"{line}\nlocal ¦\n")
    await workbench.type("hor")
    await workbench.menu_with("horizontal")
    await workbench.shows("izontal = measure(width)")
    assert any(asked.selected == "horizontal" for asked in workbench.recording.questions("menu.lua"))
    await workbench.press("Tab")  # the menu's
    await workbench.shows(" = measure(width)")
    await workbench.press("Tab")
    await workbench.shows("")
    assert await workbench.saved("menu.lua") == f"{line}\n{line}"


async def test_is_in_the_pane_that_is_typed_in(workbench: Workbench) -> None:
    await workbench.open("panes.py", f"{ADD}    return ¦\n")
    await workbench.press("Control+Backslash")
    await workbench.page.locator(".editor-group-container").nth(1).wait_for()
    await workbench.focused("panes.py")
    await workbench.press("Alt+Backslash")  # a pane that has just been opened may not yet listen to what is typed
    await workbench.shows("left + right")
    await workbench.type("l")
    await workbench.shows("eft + right")
    assert await workbench.page.locator(".monaco-editor:has(.ghost-text-decoration)").count() == 1
    await workbench.press("Tab")
    await workbench.shows("")
    await workbench.press("Control+1")
    await workbench.press("Enter")
    await workbench.press("Enter")  # the same line once more, right below itself, is never offered
    await workbench.type("ret")
    await workbench.shows("urn left + right")
    await workbench.press("Tab")
    await workbench.shows("")
    assert await workbench.saved("panes.py") == ADD + "    return left + right\n\n    return left + right\n"
    await workbench.command("View: Join All Editor Groups")


async def test_two_windows_have_a_server_each(host: Host, workbench: Workbench) -> None:
    await workbench.open("shared.py", f"{ADD}    return ¦\n")
    await workbench.type("l")
    await workbench.shows("eft + right")
    await workbench.press("Tab")
    text = await workbench.saved("shared.py")
    servers = len(workbench.recording.lives())
    async with window(host, workbench.folder, workbench.recording) as other:
        await other.open("shared.py", f"{text}\n\ndef more(left, right):\n¦")
        await other.until(lambda: len(other.recording.lives()) > servers, "a second server")
        await other.ready()
        await other.type("    ret")
        await other.shows("urn left + right")
        await other.press("Tab")
        await other.shows("")
        text = await other.saved("shared.py")
    assert text.endswith("def more(left, right):\n    return left + right")
    await workbench.page.get_by_text("def more").wait_for()  # the first window has read the file again
    await workbench.press("Control+End", "Enter", "Enter")
    await workbench.type("def more")
    await workbench.shows("(left, right):")


async def test_follows_a_file_to_its_new_name(workbench: Workbench) -> None:
    await workbench.open("before.py", f"{ADD}    return ¦\n")
    await workbench.rename("before.py", "after.py")
    await workbench.type("l")
    await workbench.shows("eft + right")
    await workbench.press("Tab")
    await workbench.shows("")
    assert await workbench.saved("after.py") == f"{ADD}    return left + right\n"
    assert not (workbench.folder / "before.py").exists()
    assert not workbench.recording.questions("before.py")


async def test_follows_the_files_of_a_folder_to_its_new_name(workbench: Workbench) -> None:
    await workbench.open("old/behind.py", f"{ADD}¦")
    await workbench.open("old/front.py", f"{ADD}    return ¦\n")
    await workbench.type("l")
    await workbench.shows("eft + right")
    await workbench.rename_folder("old", "new", "front.py")
    await workbench.type("e")
    await workbench.shows("ft + right")
    told = {uri: document for life in workbench.recording.lives() for uri, document in life.documents.items()}
    (front,) = (document for uri, document in told.items() if uri.endswith("/new/front.py"))
    assert "".join(front.lines) == f"{ADD}    return le\n"  # what was not saved went along
    assert not any("/old/" in uri for uri in told)
    await workbench.press("Tab")
    await workbench.shows("")
    assert await workbench.saved("new/front.py") == f"{ADD}    return left + right\n"
    assert not (workbench.folder / "old").exists()


async def test_suggests_in_a_folder_that_cannot_be_written_to(host: Host, workbench: Workbench, tmp_path: Path) -> None:
    (tmp_path / "fixed.py").write_text(f"{ADD}    return \n")
    servers = len(workbench.recording.lives())
    with read_only(tmp_path):
        async with window(host, tmp_path, workbench.recording) as other:
            await other.show("fixed.py", ADD.count("\n") + 1, len("    return ") + 1)
            await other.until(lambda: len(other.recording.lives()) > servers, "a server in that folder")
            await other.ready()
            await other.type("l")
            await other.shows("eft + right")
            await other.press("Tab")
            await other.shows("")
            assert await other.page.locator(".notification-toast").count() == 0
            with pytest.raises(OSError, match=r"Read-only|Permission"):
                (tmp_path / "more").touch()
