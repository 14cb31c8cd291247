from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from lsp.context.window import Window
from lsp.kind import kind_of

if TYPE_CHECKING:
    from engine.messages import Shape


@pytest.mark.parametrize(
    ("marked", "shape", "kind"),
    [
        ("x = |\ny", "line", "rest"),
        ("print(|)\ny", "line", "rest"),
        ("x = tot|", "line", "word"),
        ("def f():\n    |\ny", "line", "line"),
        ("def f():\n    |\ny", "block", "block"),
        ("x = | + 1", "line", "middle"),
        ("x = tot| + 1", "line", "middle"),
    ],
)
def test_the_place_tells_the_kind(marked: str, shape: Shape, kind: str) -> None:
    prefix, suffix = marked.split("|")
    assert kind_of(Window(prefix, suffix), shape) == kind
