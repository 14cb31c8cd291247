from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.messages import Excerpt
from lsp.context.choice import MOST_DEFINITIONS, NOTHING, Material, Piece, choose
from lsp.context.gathering import Outline
from lsp.context.languages.table import language_of
from lsp.context.outline import outline
from lsp.text import split_lines

MONEY = "def price(cart): ...\ndef unrelated(thing): ...\nclass Euro:\n    cents: int\n"


def outline_of(path: str, text: str) -> Outline:
    return Outline(path, outline(split_lines(text), language_of("python")))


def texts(material: Material, characters: int = 1000) -> list[tuple[str, str]]:
    return [(piece.source, piece.text) for piece in choose(material, characters, lambda: False).pieces]


def test_without_anything_there_is_no_background() -> None:
    assert choose(Material(), 1000, lambda: False) == NOTHING


def test_what_the_text_names_comes_before_what_only_resembles_it() -> None:
    other = outline_of("b.py", MONEY.replace("price", "price_of"))
    material = Material(near="price", outlines=[other, outline_of("money.py", MONEY)])
    assert texts(material, len("money.py\ndef price(cart): ...\n")) == [("imported", "def price(cart): ...")]


def test_what_an_import_names_is_taken_though_nothing_is_near() -> None:
    material = Material(near="x", imported_names=frozenset({"Euro"}), outlines=[outline_of("money.py", MONEY)])
    assert texts(material) == [("imported", "class Euro:\n    cents: int")]


def test_sources_come_in_a_fixed_order_and_files_once() -> None:
    material = Material(
        project="shop",
        path="cart.py",
        near="price Euro unrelated parcel",
        imports=["import os", "from money import price"],
        scopes=["class Cart:"],
        outlines=[outline_of("money.py", MONEY)],
        recent=[Piece("recent", "ship.py", "parcel = 1\n")],
        clipped=[Piece("clipped", "ship.py", "gone = parcel")],
    )
    background = choose(material, 1000, lambda: False).background
    assert (background.project, background.path) == ("shop", "cart.py")
    assert background.excerpts == (
        Excerpt("ship.py", "gone = parcel\nparcel = 1"),
        Excerpt("money.py", "def price(cart): ...\ndef unrelated(thing): ...\nclass Euro:\n    cents: int"),
        Excerpt("cart.py", "import os\nfrom money import price\nclass Cart:"),
    )


def test_near_duplicates_of_the_window_and_of_each_other_are_left_out() -> None:
    chunk = "cart = load()\ntotal = price(cart)\nship(cart)\n"
    recent = [Piece("recent", path, text) for path, text in (("a.py", chunk), ("b.py", chunk.replace("ship", "shop")))]
    assert texts(Material(near="price", recent=recent)) == [("recent", chunk)]
    assert texts(Material(near="price", window=f"x\n  {chunk}", recent=recent)) == []


def test_names_that_are_nearly_the_same_are_no_duplicates() -> None:
    imports = ["from money import price", "from money import prices"]
    assert texts(Material(imports=imports)) == [("imports", text) for text in imports]


def test_when_the_time_is_over_what_was_not_looked_at_is_left_out() -> None:
    material = Material(near="price", imports=["import os"], outlines=[outline_of("money.py", MONEY)])
    pieces = choose(material, 1000, lambda: True).pieces
    assert [piece.source for piece in pieces] == ["imports"]


def test_the_best_of_what_was_looked_at_in_time_is_taken() -> None:
    files = [outline_of(f"{name}.py", f"def price_{name}(): ...\n") for name in ("a", "b", "c")]
    looks = iter((False, False, True))
    pieces = choose(Material(near="price_b price_c", outlines=files), 1000, lambda: next(looks)).pieces
    assert {piece.path for piece in pieces} == {"a.py", "b.py"}


def test_of_very_many_definitions_those_of_the_first_files_are_looked_at() -> None:
    many = outline_of("many.py", "".join(f"def other_{number}(): ...\n" for number in range(100)))
    money = outline_of("money.py", MONEY)
    before = MOST_DEFINITIONS // len(many.definitions) - 1
    assert texts(Material(near="price", outlines=[*[many] * before, money]))
    assert not texts(Material(near="price", outlines=[*[many] * (before + 1), money]))


PIECES = st.lists(st.text("ab_ \n", min_size=1, max_size=80), max_size=8)


@given(imports=PIECES, scopes=PIECES, recent=PIECES, clipped=PIECES, characters=st.integers(0, 300))
def test_the_budget_holds(
    imports: list[str], scopes: list[str], recent: list[str], clipped: list[str], characters: int
) -> None:
    material = Material(
        path="w.py",
        near="aa bb ab",
        imports=imports,
        scopes=scopes,
        recent=[Piece("recent", "r.py", text) for text in recent],
        clipped=[Piece("clipped", "c.py", text) for text in clipped],
        outlines=[outline_of("m.py", MONEY)],
    )
    background = choose(material, characters, lambda: False).background
    assert sum(len(each.path) + 1 + len(each.text) for each in background.excerpts) <= characters


SHOP = """\
class Cart(Base):
    owner: str
    def pay(self, how: str) -> bool: ...
    def total(self) -> Euro: ...
class Shelf:
    def total(self) -> int: ...
def open_shop(name: str) -> Cart: ...
"""


@pytest.mark.parametrize(
    ("near", "expected"),
    [
        ("x = cart.", "class Cart(Base):"),
        ("basket: Cart\nbasket.", "class Cart(Base):"),
        ("basket = open_shop(1)\nbasket.", "class Cart(Base):"),
        ("for basket in Shelf():\n  basket.", "class Shelf:"),
        ("class Special(Cart):\n    def f(self):\n        self.", "class Cart(Base):"),
    ],
)
def test_the_class_of_what_the_line_reaches_into_is_taken_first(near: str, expected: str) -> None:
    material = Material(near=near, at=len(near), window=near, outlines=[outline_of("s.py", SHOP)])
    (piece, *_) = texts(material, 120)
    assert piece[1].startswith(expected)


def test_a_module_that_the_line_reaches_into_is_taken_before_another() -> None:
    outlines = [outline_of(path, MONEY) for path in ("a.py", "money.py")]
    chosen = choose(Material(near="money.", at=6, window="money.", outlines=outlines), 60, lambda: False)
    assert {piece.path for piece in chosen.pieces} == {"money.py"}
