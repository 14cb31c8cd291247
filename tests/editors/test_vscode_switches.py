"""Settings, switches, the status bar, and a server that dies, in a real VS Code."""

from __future__ import annotations

from typing import TYPE_CHECKING

import psutil
import pytest

if TYPE_CHECKING:
    from editors.workbench import Workbench

pytestmark = [pytest.mark.slow, pytest.mark.asyncio(loop_scope="session")]

ADD = "def add(left, right):\n    return left + right\n\n\ndef plus(left, right):\n"
TANDEM = {"languages": {"lua": False}}


async def test_a_language_that_is_switched_off_stays_silent(workbench: Workbench) -> None:
    line = "local total = left + right\n"
    await workbench.open("off.lua", f"{line}¦\n")
    await workbench.type("local t")
    assert not any(question.answer for question in workbench.recording.questions("off.lua"))
