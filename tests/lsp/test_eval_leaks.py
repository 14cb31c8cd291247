from __future__ import annotations

import pytest

from engine.models.catalog import CATALOGUE
from engine.models.families import FAMILIES
from lsp.eval.leaks import leaked


def formats() -> list[str]:
    catalogue = {token for entry in CATALOGUE for token in entry.prompt.stops + entry.prompt.opening}
    families = {token for family in FAMILIES for token in family.markers}
    return sorted((catalogue | families) - {"<s>"})  # which is HTML, too


@pytest.mark.parametrize("token", formats())
def test_every_token_of_the_models_and_families_is_known(token: str) -> None:
    assert leaked(f"x = 1{token}\ny", "") == [token]
    assert leaked(f"x = 1{token}\ny", f"about {token}") == []


@pytest.mark.parametrize(
    "text", ["a < b", "a <| b |> c", "x[PRE]", "<div>|</div>", "if a<b|c:", "Vec<File>", "a<file>"]
)
def test_code_is_none(text: str) -> None:
    assert leaked(text, "") == []


def test_a_token_that_was_cut_in_two_is_found() -> None:
    assert leaked("x<|fim_mid", "") == ["<|fim_mid"]
