"""What a real VS Code says where Tandem cannot be set up: each time a sentence that helps, and a button.

The PATH is one folder, which the tests fill, and no package index can be reached.
"""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

import pytest
import pytest_asyncio
from editors.extension import packed
from editors.hosting import Host, hosted, install_extension
from editors.profile import CALM
from editors.recording import Recording
from editors.workbench import Workbench, window

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

pytestmark = [pytest.mark.slow, pytest.mark.asyncio(loop_scope="session")]


@pytest.fixture(scope="module")
def programs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder that is the PATH."""
    return tmp_path_factory.mktemp("programs")


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def host(programs: Path, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Host]:
    home = tmp_path_factory.mktemp("vscode")
    install_extension(home, packed())
    nowhere = {"PIP_CONFIG_FILE": os.devnull, "PIP_INDEX_URL": "http://127.0.0.1:9/simple", "PIP_FIND_LINKS": ""}
    async with hosted(home, {**nowhere, "PATH": str(programs)}) as started:
        started.settle(CALM)
        yield started


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def opened(host: Host, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Workbench]:
    """A window in which Tandem has not been set up."""
    recording = Recording(tmp_path_factory.mktemp("recording"))
    async with window(host, tmp_path_factory.mktemp("workspace"), recording) as workbench:
        yield workbench


async def restarted(workbench: Workbench) -> None:
    """Put away what was said, and try once more."""
    await workbench.command("Notifications: Clear All Notifications")
    await workbench.command("Tandem: Restart")


async def test_without_a_python_it_says_where_to_get_one(workbench: Workbench) -> None:
    await workbench.notifies("Tandem needs Python 3.11 or newer, and there is none on the path.", "Get Python")
    await workbench.says("Tandem: failed")


async def test_with_too_old_a_python_it_says_which_it_needs(programs: Path, workbench: Workbench) -> None:
    old = programs / "python3"
    old.write_text("#!/bin/sh\necho Python 3.8\n")
    old.chmod(0o755)
    await restarted(workbench)
    await workbench.notifies("Tandem needs Python 3.11 or newer, and here is only Python 3.8", "Choose Python")
    old.unlink()


async def test_a_setting_that_names_no_python_is_named(host: Host, workbench: Workbench) -> None:
    host.settle({**CALM, "tandem.python": "/nowhere/python"})
    await workbench.notifies("/nowhere/python, which the setting tandem.python names", "Open Settings")
    host.settle(CALM)


async def test_without_a_network_it_says_that_the_first_start_needs_one(programs: Path, workbench: Workbench) -> None:
    python = programs / "python3.11"
    python.write_text(f'#!/bin/sh\nexec "{sys.executable}" "$@"\n')
    python.chmod(0o755)
    await restarted(workbench)
    await workbench.notifies("The package index cannot be reached", "Retry")
    await workbench.says("Tandem: failed")
