"""Fixtures of the real models, hypothesis without its clock, and how a run on several workers is shared out.

What a run needs of the models is fetched before its first test, outside any time limit. How long an example takes
says nothing about whether it is right.

How a run on several workers is shared out is said in `support/workers.py`.
"""

from __future__ import annotations

import signal
from typing import TYPE_CHECKING

import pytest
from hypothesis import settings
from support.bundles import PREPARATIONS, ready_bundle, weights
from support.workers import longest_first, pytest_xdist_make_scheduler, pytest_xdist_setupnodes

from engine.models.catalog import QWEN, SMOLLM
from engine.progress import ProgressScreen

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from _pytest.capture import CaptureManager

    from engine.models.bundle import Bundle

__all__ = ["pytest_xdist_make_scheduler", "pytest_xdist_setupnodes"]  # hooks of pytest-xdist's

settings.register_profile("unhurried", deadline=None)
settings.load_profile("unhurried")

if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    # A run in the background ignores Ctrl-C, and the programs that tests start and interrupt would inherit that.
    signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Where there are several workers, start with what takes longest."""
    if hasattr(config, "workerinput"):
        longest_first(items)


def pytest_collection_finish(session: pytest.Session) -> None:
    """Prepare the models that the selected tests ask for, and show how far it is."""
    wanted = {name for item in session.items if isinstance(item, pytest.Function) for name in item.fixturenames}
    if session.config.option.collectonly or wanted.isdisjoint(PREPARATIONS):
        return
    capture: CaptureManager = session.config.pluginmanager.getplugin("capturemanager")
    with capture.global_and_fixture_disabled(), ProgressScreen() as screen:
        for name, (prepare, entry) in PREPARATIONS.items():
            if name in wanted:
                prepare(entry, screen.report)


@pytest.fixture(scope="session", autouse=True)
def _state_of_its_own(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Count no test's suggestions among the user's."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_STATE_HOME", str(tmp_path_factory.mktemp("state")))
        yield


@pytest.fixture(scope="session")
def qwen_gguf() -> Path:
    return weights(QWEN)


@pytest.fixture(scope="session")
def smollm_gguf() -> Path:
    return weights(SMOLLM)


@pytest.fixture(scope="session")
def qwen_bundle() -> Bundle:
    return ready_bundle(QWEN)


@pytest.fixture(scope="session")
def smollm_bundle() -> Bundle:
    return ready_bundle(SMOLLM)
