from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lsp.context.signature import name_of, short


@pytest.mark.parametrize(
    ("text", "name", "expected"),
    [
        ("def f(self, a: int = 1, *, b: dict[str, int] = {}, **k) -> X: ...", "f", "def f(a, *, b, **k)"),
        (
            "  pub(crate) async fn g<'a, T: Fn(u8) -> X>(&mut self, a: &'a str, b: Vec<(u8, X)>) -> R;",
            "g",
            "  async fn g(a, b)",
        ),
        ("  private async h<T>(a?: Map<string, X>, cb: (x: number) => void): P<void>;", "h", "  async h(a, cb)"),
        ("  get total(): number { return 1; }", "total", "  get total()"),
        ("  readonly #name: string;", "name", "  #name"),
        ("  self.opened: X = now()", "opened", "  opened"),
        ("    Foo(Bar, Baz),", "Foo", "    Foo(Bar, Baz)"),
        ("func (c *Cart) Pay(how string) (bool, error)", "Pay", "func (c *Cart) Pay(how string)"),
        ("export const ship = async (cart: Cart): void", "ship", "const ship(cart)"),
        ("RATE: float = 0.19", "RATE", "RATE"),
        ("(", "", "("),
    ],
)
def test_names_and_short_forms(text: str, name: str, expected: str) -> None:
    assert (name_of(text), short(text)) == (name, expected)


@given(st.text("ab_ :=<>(){}[],.*-?\n", max_size=60))
def test_a_short_form_of_anything_is_no_longer_than_that(text: str) -> None:
    assert len(short(f"def {text}")) <= len(f"def {text}") + len("()")
