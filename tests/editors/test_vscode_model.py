"""One pass with a real model in a real VS Code, however slow the machine is."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from editors.texts import BASKET

if TYPE_CHECKING:
    from editors.workbench import Workbench

pytestmark = [pytest.mark.slow, pytest.mark.model, pytest.mark.asyncio(loop_scope="session")]

TANDEM = {"model": "smollm2-135m", "device": "cpu", "eagerness": "everything"}
HASTY = {"deadlineMs": 1, "coldDeadlineMs": 1}


@pytest.mark.usefixtures("smollm_bundle")
async def test_a_model_suggests_and_what_it_suggests_is_written(workbench: Workbench) -> None:
    await workbench.settled(**TANDEM)
    await workbench.open("basket.py", f"{BASKET}        total = ¦\n")
    await workbench.type("su")
    [suggested] = await workbench.answered("basket.py", "        total = su")
    await workbench.shows(suggested)
    await workbench.picture("vscode_model")
    await workbench.press("Tab")
    assert await workbench.saved("basket.py") == f"{BASKET}        total = su{suggested}\n"


@pytest.mark.usefixtures("smollm_bundle")
async def test_a_suggestion_that_was_cut_short_grows_on_the_screen(workbench: Workbench) -> None:
    await workbench.settled(**TANDEM, **HASTY)
    await workbench.open("grown.py", f"{BASKET.rstrip()}¦\n")
    await workbench.press("Enter")
    await workbench.until(lambda: bool(grown(workbench)), "a suggestion that has grown")
    await workbench.shows(grown(workbench))
    await workbench.press("Tab")
    assert await workbench.saved("grown.py") == f"{BASKET}        {grown(workbench)}\n"


def grown(workbench: Workbench) -> str:
    """Give the text that a suggestion has become."""
    latest = workbench.recording.latest()
    return latest.grown if latest else ""
