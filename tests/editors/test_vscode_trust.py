"""What a workspace may say in a real VS Code before its user trusts it: not what runs."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
import pytest_asyncio
from editors.extension import packed
from editors.hosting import Host, hosted, install_extension
from editors.profile import PATIENT, profile
from editors.recording import Recording
from editors.texts import ADD
from editors.workbench import Workbench, window

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

pytestmark = [pytest.mark.slow, pytest.mark.asyncio(loop_scope="session")]

UNASKED = {"security.workspace.trust.startupPrompt": "never", "security.workspace.trust.banner": "never"}


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def host(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Host]:
    home = tmp_path_factory.mktemp("vscode")
    install_extension(home, packed())
    async with hosted(home, trusting=False) as started:
        yield started


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder whose settings name a program of its own as Python; when that runs it leaves `ran`."""
    folder = tmp_path_factory.mktemp("workspace")
    program = folder / "python"
    program.write_text(f"#!/bin/sh\ntouch '{folder}/ran'\nexit 1\n")
    program.chmod(0o755)
    (folder / ".vscode").mkdir()
    (folder / ".vscode/settings.json").write_text(json.dumps({"tandem.python": str(program)}))
    return folder


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def opened(host: Host, workspace: Path, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Workbench]:
    """A window on that folder."""
    recording = Recording(tmp_path_factory.mktemp("recording"))
    host.settle(profile(recording.python, **PATIENT) | UNASKED)
    async with window(host, workspace, recording) as workbench:
        yield workbench


async def test_a_workspace_has_no_say_before_it_is_trusted(workbench: Workbench, workspace: Path) -> None:
    await workbench.ready()
    await workbench.open("guest.py", f"{ADD}    return ¦\n")
    await workbench.type("l")
    await workbench.press("Alt+Backslash")  # a window that has just been opened may not yet listen to what is typed
    await workbench.shows("eft + right")
    assert not (workspace / "ran").exists()
    await workbench.command("Workspaces: Manage Workspace Trust")
    await workbench.page.locator(".workspace-trust-editor .monaco-button").get_by_text("Trust", exact=True).click()
    await workbench.until((workspace / "ran").exists, "the workspace's own program, once that is trusted")
    await workbench.notifies(f"{workspace}/python, which the setting tandem.python names, is no Python that runs.")
