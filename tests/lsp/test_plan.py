from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from lsp.context.choice import NOTHING
from lsp.document import Document, Position
from lsp.plan import Plan, Request, expect, make_plan
from lsp.power import POLICIES
from lsp.settings import PATIENT_MS, Settings

if TYPE_CHECKING:
    from engine.messages import Near

TEXT = "".join(f"value_{line} = {line}\n" for line in range(60)) + "total = "


def nearest(settings: Settings) -> list[Near | None]:
    """What is to be read in the place of the window: for a request, and for what is read before."""
    document = Document("file:///a.py", "python", 1, TEXT, "utf-32")
    cursor = Position(60, len("total = "))
    plan = make_plan(document, Request("file:///a.py", cursor, explicit=False), settings, lambda *_: NOTHING)
    assert isinstance(plan, Plan)
    warm = expect(document, document.place(cursor), settings, POLICIES["balanced"], lambda *_: NOTHING, decode=False)
    assert warm is not None
    return [plan.request("", 0.0, POLICIES["balanced"]).near, warm.near]


@pytest.mark.parametrize("deadline_ms", [0, 100, PATIENT_MS - 1])
def test_the_nearest_lines_may_be_read_in_the_place_of_the_window(deadline_ms: float) -> None:
    asked, warmed = nearest(Settings(deadline_ms=deadline_ms))
    assert asked is not None
    assert asked == warmed


def test_for_who_has_all_the_time_there_is_the_whole_window_is_read() -> None:
    assert nearest(Settings(deadline_ms=PATIENT_MS)) == [None, None]
