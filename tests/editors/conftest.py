"""The editors: installed before the first test that needs them, outside any time limit, and started once for many.

There is one Neovim for each module. There is one code-server, one browser, and a window for each module of VS Code's.
"""

from __future__ import annotations

import contextlib
import shutil
from typing import TYPE_CHECKING

import pytest
import pytest_asyncio
from editors.extension import packed
from editors.hosting import Host, hosted, install_extension
from editors.install import NotInstalled
from editors.neovim import Neovim, running
from editors.profile import PATIENT, profile
from editors.recording import Recording
from editors.tools import chromium, code_server, neovim
from editors.workbench import ARTEFACTS, Workbench, window

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Generator, Iterator

    from _pytest.capture import CaptureManager

_INSTALLS = {
    "nvim": (neovim.executable,),
    "stock_nvim": (neovim.executable,),
    "host": (code_server.command, chromium.executable, packed),
}
_failed = pytest.StashKey[bool]()


def pytest_collection_finish(session: pytest.Session) -> None:
    """Install what the selected tests ask for; what cannot be installed fails the tests that need it."""
    wanted = {name for item in session.items if isinstance(item, pytest.Function) for name in item.fixturenames}
    if session.config.option.collectonly or wanted.isdisjoint(_INSTALLS):
        return
    capture: CaptureManager = session.config.pluginmanager.getplugin("capturemanager")
    with capture.global_and_fixture_disabled():
        for install in {install for name in wanted & _INSTALLS.keys() for install in _INSTALLS[name]}:
            with contextlib.suppress(NotInstalled):
                install()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Remember that a test failed, for those who keep what it leaves."""
    report = yield
    item.stash[_failed] = item.stash.get(_failed, False) or report.failed
    return report


@pytest.fixture(scope="module")
def nvim(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Neovim]:
    """A Neovim with Tandem's own trigger on the null device."""
    with running(tmp_path_factory.mktemp("nvim")) as started:
        yield started


@pytest.fixture(scope="module")
def stock_nvim(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Neovim]:
    """A Neovim that asks and shows by itself, on the null device."""
    with running(tmp_path_factory.mktemp("stock"), {"trigger": "stock"}) as started:
        yield started


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def host(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Host]:
    """A code-server with the packed extension, and a browser."""
    home = tmp_path_factory.mktemp("vscode")
    install_extension(home, packed())
    async with hosted(home) as started:
        yield started


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def opened(
    host: Host, tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest
) -> AsyncIterator[Workbench]:
    """A window on an empty folder; a module's `TANDEM` are settings of Tandem's, its `FAULT` one of the engine's."""
    recording = Recording(tmp_path_factory.mktemp("recording"), getattr(request.module, "FAULT", ""))
    host.settle(profile(recording.python, **PATIENT | getattr(request.module, "TANDEM", {})))
    async with window(host, tmp_path_factory.mktemp("workspace"), recording) as workbench:
        await workbench.open("first.py", "")
        await workbench.ready()
        yield workbench


@pytest_asyncio.fixture(loop_scope="session")
async def workbench(opened: Workbench, request: pytest.FixtureRequest) -> AsyncIterator[Workbench]:
    """The module's window; of a test that fails, the screen and what was said are kept."""
    yield opened
    if request.node.stash.get(_failed, False):
        await opened.picture(request.node.name)
        shutil.copytree(opened.recording.folder, ARTEFACTS / request.node.name, dirs_exist_ok=True)
