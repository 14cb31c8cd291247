from __future__ import annotations

import pytest
from lsprotocol import types
from support.accounts import account

from lsp.document import Position
from lsp.items import ACCEPTED, completion_items, inline_items
from lsp.suggestion import Suggestion


def suggestion(text: str) -> Suggestion:
    return Suggestion(text, Position(2, 4), Position(2, 7), account())


def test_nothing_is_no_item() -> None:
    assert inline_items(None) == []
    assert completion_items(None) == []


def test_others_follow_the_first() -> None:
    items = inline_items(suggestion("one")._replace(others=(suggestion("two"), suggestion("three"))))
    assert [item.insert_text for item in items] == ["one", "two", "three"]
    assert {item.command.command for item in items if item.command} == {ACCEPTED}


@pytest.mark.parametrize(
    ("text", "label", "documentation"),
    [
        ("return x", "return x", None),
        ("if x:\n    return x", "if x:…", "if x:\n    return x"),
        ("\n    return x", "return x…", "\n    return x"),
        ("x" * 100, "x" * 80 + "…", None),
    ],
)
def test_an_entry_shows_the_first_line_and_inserts_all(text: str, label: str, documentation: str | None) -> None:
    (item,) = completion_items(suggestion(text))
    assert (item.label, item.documentation) == (label, documentation)
    assert item.text_edit == types.TextEdit(types.Range(types.Position(2, 4), types.Position(2, 7)), text)
    assert item.insert_text_format is types.InsertTextFormat.PlainText
