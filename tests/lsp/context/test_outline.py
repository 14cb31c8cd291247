from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import pytest

from lsp.context.languages.table import language_of
from lsp.context.outline import outline
from lsp.text import split_lines

if TYPE_CHECKING:
    from lsp.context.definition import Member

PYTHON = '''\
"""A shop."""
from money import Euro

RATE: float = 0.19
_hidden = 1


@dataclass
class Cart(Base):
    """What somebody wants.

    total: is not a field here.
    """

    owner: str
    items: list[Item] = field(default_factory=list)

    def __init__(self, owner: str) -> None:
        self.owner = owner
        self.opened = now()
        self.opened = later()

    @property
    def total(self) -> Euro:
        x: int = 1
        return x

    async def pay(
        self,
        how: str,
    ) -> bool:
        def inner(): ...
        return True


def ship(cart: Cart, to: Address) -> None:
    local = 1
class Broken(
'''

SCRIPT = """\
import { a } from "./a";
export interface Item<T> {
  readonly name: string;
  price(rate: number): number;
}
export default abstract class Cart extends Base {
  private items: Item[] = [];
  // nothing
  constructor(owner: string) {
    super(owner);
  }
  get total(): number { return 1; }
  async pay(
    how: string,
  ): Promise<boolean> {
    if (how) {
      return true;
    }
  }
}
export const ship = (cart: Cart): void => {
  cart.pay("now");
};
export type Id = string | number;
function* each() {
}
"""

RUST = """\
use std::fmt;
#[derive(Debug)]
pub struct Cart<'a> {
    /// whose
    pub owner: &'a str,
    items: Vec<Item>,
}
impl<'a> fmt::Display for Cart<'a> {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        write!(f, "x")
    }
}
pub(crate) async fn ship(cart: Cart) -> bool {
    true
}
pub const RATE: f64 = 0.19;
"""

GO = """\
package shop

type Cart struct {
	Owner string
	items []Item
}

func (c *Cart) Pay(how string) (bool, error) {
	return true, nil
}

type Payer interface {
	Pay(how string) (bool, error)
}

type Id int
var Rate = 0.19
"""


def nothing(_: Member) -> float:
    return 0.0


def worth_of(name: str, member: Member) -> float:
    return float(member.name == name)


def listed(text: str, language: str) -> list[str]:
    return [each.text(10_000, nothing) for each in outline(split_lines(text), language_of(language))]


def test_python_lists_signatures_fields_and_what_methods_set() -> None:
    assert listed(PYTHON, "python") == [
        "RATE: float = 0.19",
        (
            "class Cart(Base):\n"
            "    owner: str\n"
            "    items: list[Item] = field(default_factory=list)\n"
            "    def __init__(self, owner: str) -> None: ...\n"
            "    self.owner = owner\n"
            "    self.opened = now()\n"
            "    def total(self) -> Euro: ...\n"
            "    async def pay(self, how: str) -> bool: ..."
        ),
        "def ship(cart: Cart, to: Address) -> None: ...",
        "class Broken(",
    ]


def test_scripts_list_members_of_classes_and_interfaces() -> None:
    assert listed(SCRIPT, "typescript") == [
        "export interface Item<T> {\n  readonly name: string;\n  price(rate: number): number;\n}",
        (
            "export default abstract class Cart extends Base {\n"
            "  private items: Item[] = [];\n"
            "  constructor(owner: string);\n"
            "  get total(): number { return 1; }\n"
            "  async pay(how: string): Promise<boolean>;\n}"
        ),
        "export const ship = (cart: Cart): void;",
        "export type Id = string | number;",
        "function* each();",
    ]


def test_rust_lists_fields_and_what_is_implemented() -> None:
    assert listed(RUST, "rust") == [
        "pub struct Cart<'a> {\n    pub owner: &'a str,\n    items: Vec<Item>,\n}",
        "impl<'a> fmt::Display for Cart<'a> {\n    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result;\n}",
        "pub(crate) async fn ship(cart: Cart) -> bool;",
        "pub const RATE: f64 = 0.19;",
    ]
    assert [each.name for each in outline(split_lines(RUST), language_of("rust"))] == ["Cart", "Cart", "ship", "RATE"]


def test_go_lists_structs_interfaces_and_functions() -> None:
    assert listed(GO, "go") == [
        "type Cart struct {\n\tOwner string\n\titems []Item\n}",
        "func (c *Cart) Pay(how string) (bool, error)",
        "type Payer interface {\n\tPay(how string) (bool, error)\n}",
        "type Id int",
        "var Rate = 0.19",
    ]


@pytest.mark.parametrize("newline", ["\r\n", "\r"])
def test_line_endings_do_not_matter(newline: str) -> None:
    assert listed(PYTHON.replace("\n", newline), "python") == listed(PYTHON, "python")


def test_what_does_not_fit_is_written_in_short_or_left_out_the_least_wanted_first() -> None:
    (cart,) = (each for each in outline(split_lines(PYTHON), language_of("python")) if each.name == "Cart")
    pays = partial(worth_of, "pay")
    assert cart.text(180, pays) == (
        "class Cart(Base):\n    owner\n    items\n    def __init__(owner)\n    owner\n    opened\n"
        "    def total()\n    async def pay(how)"
    )
    assert cart.text(90, pays) == (
        "class Cart(Base):\n    async def pay(how)\n    also: owner, items, __init__, opened"
    )
    assert cart.text(20, nothing) == "class Cart(Base):"
    assert all(len(cart.text(size, partial(worth_of, "total"))) <= max(size, 21) for size in range(400))


def test_heads_go_on_over_type_parameters_and_bounds() -> None:
    script = """\
export class Cart<
  Item extends Thing,
  Rate,
> extends Base<Item> {
  price<
    T extends Rate,
  >(
    rate: T,
  ): number {
    return 1;
  }
}
"""
    rust = "impl<T> Cart<T>\nwhere\n    T: Thing,\n{\n    fn price(&self) -> T {\n        x\n    }\n}\n"
    assert listed(script, "typescript") == [
        "export class Cart<Item extends Thing, Rate> extends Base<Item> {\n  price<T extends Rate>(rate: T): number;\n}"
    ]
    assert listed(rust, "rust") == ["impl<T> Cart<T> where T: Thing, {\n    fn price(&self) -> T;\n}"]


def test_of_other_languages_nothing_is_listed() -> None:
    assert listed(PYTHON, "cobol") == []
