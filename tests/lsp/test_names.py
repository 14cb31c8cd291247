from __future__ import annotations

import pytest

from lsp.context.window import Window
from lsp.present.names import unknown_share


@pytest.mark.parametrize(
    ("before", "text", "after", "language", "share"),
    [
        ("total = 0\nprint(", "total)", "\n", "python", 0.0),
        ("print(", "total)", "\ntotal = 0\n", "python", 0.0),
        ("total = 0\nprint(", "totals)", "\n", "python", 1.0),
        ("total = 0\nprint(", "total, other)", "\n", "python", 0.5),
        ("total = 0\nprint(to", "tal)", "\n", "python", 0.0),  # the word left of the cursor goes on
        ("total = 0\nprint(to", "tals)", "\n", "python", 1.0),
        ("x = ", "len(range(3))", "\n", "python", 0.0),  # the language's own
        ("x = ", "i + 1", "\n", "python", 0.0),  # too short to tell
        ("x = ", '"a stranger" + str(3)', "\n", "python", 0.0),  # a string names nothing
        ("x = 1  ", "# a stranger's comment", "\n", "python", 0.0),
        ("let x = ", "await fetch(url)", "\nfetch(url)\n", "typescript", 0.0),
        ("let x = ", "stranger(undefined)", "\n", "typescript", 0.5),
        ("x = ", "", "\n", "python", 0.0),
    ],
)
def test_the_share_of_names_that_stand_nowhere(before: str, text: str, after: str, language: str, share: float) -> None:
    assert unknown_share(text, Window(before, after), language=language) == share
