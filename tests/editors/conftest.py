"""VS Code for the tests: one code-server and one browser for all, a window for each module.

What a run needs is installed before its first test, outside any time limit; what cannot be installed fails the run.
"""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pytest
import pytest_asyncio
from editors.extension import packed
from editors.hosting import Host, hosted, install_extension
from editors.profile import profile
from editors.recording import Recording, recording_python
from editors.tools import chromium, code_server
from editors.workbench import ARTEFACTS, Workbench, window

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Generator

    from _pytest.capture import CaptureManager

_failed = pytest.StashKey[bool]()


def pytest_collection_finish(session: pytest.Session) -> None:
    """Install the editor, and pack the extension, if any selected test asks for them."""
    wanted = any(isinstance(item, pytest.Function) and "host" in item.fixturenames for item in session.items)
    if wanted and not session.config.option.collectonly:
        capture: CaptureManager = session.config.pluginmanager.getplugin("capturemanager")
        with capture.global_and_fixture_disabled():
            code_server.command()
            chromium.executable()
            packed()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Remember that a test failed, for those who keep evidence."""
    report = yield
    item.stash[_failed] = item.stash.get(_failed, False) or report.failed
    return report


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def host(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Host]:
    home = tmp_path_factory.mktemp("vscode")
    install_extension(home, packed())
    async with hosted(home) as started:
        yield started


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def opened(
    host: Host, tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest
) -> AsyncIterator[Workbench]:
    """A window for the tests of a module; its `TANDEM` are settings of Tandem's."""
    recording = Recording(tmp_path_factory.mktemp("recording"))
    host.settle(profile(recording_python(recording.folder), **getattr(request.module, "TANDEM", {})))
    async with window(host, tmp_path_factory.mktemp("workspace"), recording) as workbench:
        await workbench.open("first.py", "")
        await workbench.ready()
        yield workbench


@pytest_asyncio.fixture(loop_scope="session")
async def workbench(opened: Workbench, request: pytest.FixtureRequest) -> AsyncIterator[Workbench]:
    """The module's window; of a test that fails, the screen and what was said is kept."""
    yield opened
    if request.node.stash.get(_failed, False):
        await opened.picture(request.node.name)
        shutil.copytree(opened.recording.folder, ARTEFACTS / request.node.name, dirs_exist_ok=True)
