"""The editors: installed before the first test that needs them, outside any time limit, and started once for many."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

import pytest
from editors.install import NotInstalled
from editors.neovim import Neovim, running
from editors.tools import neovim

if TYPE_CHECKING:
    from collections.abc import Iterator

    from _pytest.capture import CaptureManager

_INSTALLS = {"nvim": neovim.executable, "stock_nvim": neovim.executable}


def pytest_collection_finish(session: pytest.Session) -> None:
    """Install what the selected tests ask for; what cannot be installed fails the tests that need it."""
    wanted = {name for item in session.items if isinstance(item, pytest.Function) for name in item.fixturenames}
    if session.config.option.collectonly or wanted.isdisjoint(_INSTALLS):
        return
    capture: CaptureManager = session.config.pluginmanager.getplugin("capturemanager")
    with capture.global_and_fixture_disabled():
        for install in {_INSTALLS[name] for name in wanted & _INSTALLS.keys()}:
            with contextlib.suppress(NotInstalled):
                install()


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
