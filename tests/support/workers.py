"""How a run on several workers (`pytest -n 2`) is shared out, and what is made ready before they start.

Invariant: a file's tests run in one worker, in their order; those that share one VS Code count as one file. What takes
longest comes first, so that no worker is left alone with it.

What waits (for an editor, for a deadline) and what computes go side by side: that is what is gained on two cores.
"""

# pytest-xdist has no types.
# mypy: disallow-subclassing-any=False

from __future__ import annotations

import contextlib
import os
import pkgutil
from typing import TYPE_CHECKING

from editors import tools
from editors.install import NotInstalled, tool
from support.bundles import PREPARATIONS
from xdist.scheduler import LoadScopeScheduling

from engine.progress import ProgressScreen

if TYPE_CHECKING:
    import pytest
    from xdist.remote import Producer

VSCODE = "tests/editors/test_vscode"
LONGEST = ("tests/engine/models/test_gate.py", VSCODE, "tests/engine/test_real_models.py", "tests/e2e/")


def threads() -> int:
    """How many threads a test that computes for minutes should take; 0 leaves it to the device.

    A step on two threads takes as long as the later one, which waits for the other worker's to leave its core.
    """
    return 1 if "PYTEST_XDIST_WORKER" in os.environ else 0


class ByFile(LoadScopeScheduling):
    """Gives a worker a file at a time, in the order in which they were collected."""

    def _split_scope(self, nodeid: str) -> str:
        return VSCODE if nodeid.startswith(VSCODE) else nodeid.partition("::")[0]


def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> ByFile:
    """Share out by file."""
    config.option.loadscopereorder = False
    return ByFile(config, log)


def pytest_xdist_setupnodes(config: pytest.Config) -> None:
    """Fetch models and editors for a whole run where progress can be seen: what a worker says is not."""
    if config.args_source is not config.ArgsSource.TESTPATHS:
        return
    with ProgressScreen() as screen:
        for prepare, entry in PREPARATIONS.values():
            prepare(entry, screen.report)
    for module in pkgutil.iter_modules(tools.__path__):
        with contextlib.suppress(NotInstalled):  # the tests that need it will say so
            tool(module.name)


def longest_first(items: list[pytest.Item]) -> None:
    """Order what was collected."""
    items.sort(key=_rank)


def _rank(item: pytest.Item) -> int:
    return next((rank for rank, start in enumerate(LONGEST) if item.nodeid.startswith(start)), len(LONGEST))
