from __future__ import annotations

import tomllib
from typing import cast

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.models.toml import Value, encode

_texts = st.text(st.characters(exclude_categories=["Cs"]))
_scalars = _texts | st.integers(-(2**63), 2**63 - 1) | st.booleans()
_values = st.recursive(_scalars | st.lists(_scalars), lambda inner: st.dictionaries(_texts, inner), max_leaves=12)


@settings(max_examples=50)
@given(st.dictionaries(_texts, _values))
def test_what_is_written_reads_back_the_same(table: dict[str, Value]) -> None:
    assert tomllib.loads(encode(table)) == table


@pytest.mark.parametrize("text", ["\x7f\x00\x1f\r\n\t", 'quote " and \\', "<|fim_prefix|>", "🎉 ü", "a.b"])
def test_awkward_texts_read_back_the_same(text: str) -> None:
    table = cast("dict[str, Value]", {text: text, "list": [text], "table": {text: {"inner": text}}})
    assert tomllib.loads(encode(table)) == table
