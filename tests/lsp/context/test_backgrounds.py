"""What the engine is told to read before the window, in a session, and when that changes."""

from __future__ import annotations

import asyncio
import threading
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace
from support.editing import PATIENT, Editor, saying
from support.project import write
from support.scripted import completed

from engine.messages import NO_BACKGROUND, Background
from lsp.context.aside import Aside
from lsp.context.backgrounds import FAR_LINES, PATIENCE_S, PAUSE_S
from lsp.context.gathering import Gathered
from lsp.document import Change, Position
from lsp.narration import narrate
from lsp.plan import Request
from lsp.settings import SOURCES, Settings
from lsp.warming import CALM_S, DELAY_S

if TYPE_CHECKING:
    from collections.abc import Iterable

    from lsp.settings import Source

MONEY = "def price(cart): ...\n\n\ndef unrelated(thing): ...\n"
WHENEVER_MS = 6e6
"""How long a request may take where the machine is busy: what is waited for comes in any case."""
CART = "from money import price\n\n\ndef total(cart):\n    return "


def reading(*sources: Source, **also: object) -> Settings:
    """Let the model read these sources and no others."""
    context = {source: source in sources for source in SOURCES}
    return replace(PATIENT, explicit_deadline_ms=WHENEVER_MS, context=context, **also)


class Shop(Editor):
    """Somebody at work in a folder's cart.py, who may have other files open."""

    def __init__(self, root: Path, text: str, settings: Settings, *, workspace: bool = True) -> None:
        super().__init__(engine=saying("1"))
        self.root = root
        self.session.close(self.uri)
        self.session.configure(settings)
        if workspace:
            self.session.backgrounds.settle((root,))
        self.uri, self.text = self.address("cart.py"), text
        self.open("cart.py", text)

    def address(self, path: str) -> str:
        return (self.root / path).as_uri()

    def open(self, path: str, text: str, language: str = "python") -> None:
        self.session.open(self.address(path), language, 1, text)

    def insert(self, path: str, line: int, text: str) -> None:
        self.session.change(self.address(path), 2, [Change(text, Position(line, 0), Position(line, 0))])

    async def gathered(self) -> None:
        """Wait until the disk has said what it was asked."""
        last = asyncio.get_running_loop().create_future()
        self.session.backgrounds._aside.do(Gathered, last.set_result)
        await last

    def pause(self) -> None:
        """Do nothing for a while."""
        self.timers.go(PAUSE_S)

    async def visit(self, path: str, line: int) -> None:
        """Rest there, and let the engine hear of it."""
        known = len(self.engine.backgrounds)
        self.session.move(self.address(path), Position(line, 0))
        await self.engine.until(lambda engine: len(engine.backgrounds) > known)

    async def background(self, path: str = "cart.py") -> Background:
        """Ask at the end of what was typed last, and give what the engine was told to read before that."""
        place = self.cursor if path == "cart.py" else Position(0, 0)
        self.session._reuse.clear()  # lest what is known already is the answer
        known = len(self.engine.backgrounds)
        request = asyncio.create_task(self.session.suggest(Request(self.address(path), place, explicit=True)))
        await self.engine.until(lambda engine: len(engine.backgrounds) > known)
        await request
        return next(told for uri, told in reversed(self.engine.backgrounds) if uri == self.address(path))

    def all_text(self) -> str:
        """Give all that the engine was ever told to read before a window."""
        return "".join(
            f"{told.project}\n{told.path}\n" + "".join(f"{each.path}\n{each.text}\n" for each in told.excerpts)
            for _, told in self.engine.backgrounds
        )


def texts(background: Background) -> list[str]:
    return [excerpt.text for excerpt in background.excerpts]


@pytest.fixture
def root(tmp_path: Path) -> Path:
    folder = tmp_path / "shop"
    write(folder, {"cart.py": CART, "money.py": MONEY, ".git/x": ""})
    return folder


async def test_the_path_and_what_the_imported_file_defines_are_read_before_the_window(root: Path) -> None:
    for workspace in (True, False):
        shop = Shop(root, CART, reading("path", "imported"), workspace=workspace)
        background = await shop.background()
        assert (background.project, background.path) == ("shop", "cart.py")
        assert [(each.path, each.text) for each in background.excerpts] == [("money.py", "def price(cart): ...")]


@pytest.mark.parametrize("source", SOURCES)
async def test_each_source_can_be_left_alone(root: Path, source: Source) -> None:
    head, _, _ = CART.partition("def")
    long = f"{head}class Cart:\n    def total(cart):\n" + "        price(1)\n" * 200 + "        "
    shop = Shop(root, long, reading(source))
    shop.open("ship.py", "price_of_cart = total\n")
    shop.insert("ship.py", 0, "\n")
    shop.insert("ship.py", 1, "def price_of_a_whole_cart(cart, total): ...\n")
    await shop.visit("ship.py", 0)
    background = await shop.background()
    expected = {
        "path": [],
        "imports": ["from money import price"],
        "scopes": ["class Cart:\n    def total(cart):"],
        "imported": ["def price(cart): ..."],
        "recent": ["\ndef price_of_a_whole_cart(cart, total): ...\nprice_of_cart = total"],
        "clipped": ["def price_of_a_whole_cart(cart, total): ..."],
    }
    assert [text.strip() for text in texts(background)] == [text.strip() for text in expected[source]]
    assert bool(background.path) == (source == "path")


@pytest.mark.parametrize("settings_", [replace(Settings(), filters=False), reading()])
async def test_the_bare_model_reads_nothing_but_the_window(root: Path, settings_: Settings) -> None:
    shop = Shop(root, CART, replace(settings_, explicit_deadline_ms=WHENEVER_MS))
    assert await shop.background() == NO_BACKGROUND


@pytest.mark.parametrize(
    ("path", "language", "text"),
    [
        (".env.py", "python", "price = 'hunter2'\n"),
        ("generated/x.py", "python", "price = 'hunter2'\n"),
        ("notes.md", "markdown", "price: hunter2\n"),
        ("binary.py", "python", "price = 'hunter2'\0\n"),
        ("minified.py", "python", "price = 'hunter2';" * 1000),
        ("../outside.py", "python", "price = 'hunter2'\n"),
    ],
)
async def test_what_is_refused_never_reaches_the_engine_from_a_neighbour(
    root: Path, path: str, language: str, text: str
) -> None:
    shut = reading(*SOURCES, exclude=("generated/*", ".env*"), languages={"markdown": False})
    shop = Shop(root, CART, shut)
    shop.open(path, text, language)
    shop.insert(path, 0, "def price_hunter2_pasted_all_at_once(cart): ...\n")
    shop.session.move(shop.address(path), Position(0, 0))
    await shop.background()
    shop.type("price(cart)\n" * (FAR_LINES + 2))
    await shop.background()
    assert "hunter2" not in shop.all_text()
    assert "def price(cart)" in shop.all_text()


async def test_a_file_that_is_excluded_later_is_gone_at_once(root: Path) -> None:
    every = reading(*SOURCES)
    shop = Shop(root, CART, every)
    shop.open("ship.py", "x = 1\n")
    shop.insert("ship.py", 0, "price_of_the_cart_of_somebody = total\n")
    await shop.visit("ship.py", 1)
    assert {each.path for each in (await shop.background()).excerpts} == {"money.py", "ship.py"}
    shop.session.configure(replace(every, exclude=("money.py", "ship.py")))
    assert (await shop.background()).excerpts == ()


async def test_what_was_done_elsewhere_is_read_right_after_settings_or_folders_have_changed(root: Path) -> None:
    shop = Shop(root, CART, reading("recent", "clipped"))
    shop.open("ship.py", "x = 1\n")
    shop.insert("ship.py", 0, "price_of_the_cart_of_somebody = total\n")
    await shop.visit("ship.py", 1)
    assert {each.path for each in (await shop.background()).excerpts} == {"ship.py"}
    shop.session.configure(reading("recent"))
    assert {each.path for each in (await shop.background()).excerpts} == {"ship.py"}
    shop.session.backgrounds.settle((root.parent,))
    await shop.gathered()
    assert {each.path for each in (await shop.background()).excerpts} == {"shop/ship.py"}


async def test_a_suggestion_that_was_taken_is_no_clip(root: Path) -> None:
    shop = Shop(root, CART, reading("clipped"))
    long = "price_of_a_whole_cart(cart, total)"
    shop.engine.says = completed(long)
    suggestion = await shop.session.suggest(Request(shop.uri, shop.cursor, explicit=True))
    assert suggestion is not None
    shop.type(long)
    shop.open("ship.py", "price_of_a_whole_")
    assert texts(await shop.background("ship.py")) == [long]
    shop.session.accepted(suggestion.provenance.id)
    await shop.background()
    assert texts(await shop.background("ship.py")) == []


async def test_a_document_that_waits_for_the_disk_takes_nothing_from_who_is_at_work_in_another(root: Path) -> None:
    shop = Shop(root, CART, reading("imported"))
    await shop.background()
    disk = threading.Event()
    shop.session.backgrounds._aside.do(lambda: _answered(disk), lambda _: None)
    shop.open("ship.py", CART)
    await asyncio.sleep(2 * CALM_S)  # by now the disk is asked for it
    beside = await shop.background()
    disk.set()
    await shop.gathered()
    await asyncio.sleep(20 * DELAY_S)
    assert await shop.background() is beside
    assert all(uri == shop.uri for uri, _ in shop.engine.backgrounds)


def _answered(disk: threading.Event) -> Gathered:
    disk.wait()
    return Gathered()


async def test_an_unfinished_document_without_a_file_is_served(root: Path) -> None:
    shop = Shop(root, CART, reading(*SOURCES))
    shop.session.open("untitled:Untitled-1", "python", 1, "x = 1\n")
    request = Request("untitled:Untitled-1", Position(0, 5), explicit=True)
    await shop.session.suggest(request)
    assert shop.engine.backgrounds[-1] == (request.uri, NO_BACKGROUND)


async def test_cells_of_a_notebook_are_read_for_one_another(root: Path) -> None:
    shop = Shop(root, CART, reading("recent", "path"))
    first, second = (f"vscode-notebook-cell:{(root / 'n.ipynb').as_posix()}#{cell}" for cell in ("W0", "W1"))
    shop.session.open(first, "python", 1, "prices = load_prices()\n")
    shop.session.open(second, "python", 1, "prices.")
    shop.session.change(first, 2, [Change("\n", Position(1, 0), Position(1, 0))])
    await shop.session.suggest(Request(first, Position(1, 0), explicit=True))
    await shop.session.suggest(Request(second, Position(0, 7), explicit=True))
    uri, background = shop.engine.backgrounds[-1]
    assert (uri, background.path) == (second, "n.ipynb")
    assert [(each.path, each.text) for each in background.excerpts] == [("n.ipynb", "prices = load_prices()")]


async def test_odd_names_and_text_are_made_sound(root: Path) -> None:
    write(root, {"od\nd.py": "def price(cart): ...\n"})
    shop = Shop(root, CART, reading(*SOURCES))
    shop.open("od\nd.py", "שלום = price\ud800\r\n")
    shop.insert("od\nd.py", 1, "\r\n")
    await shop.visit("od\nd.py", 0)
    background = await shop.background()
    assert {each.path for each in background.excerpts} == {"money.py", "od d.py"}
    assert any("שלום = price\ufffd" in text for text in texts(background))
    assert not any("\r" in text or "\ud800" in text for text in texts(background))


async def test_the_focus_and_a_far_place_choose_anew_and_a_near_one_does_not(root: Path) -> None:
    shop = Shop(root, CART, reading("recent"))
    assert texts(await shop.background()) == []
    shop.open("ship.py", "price_cart = total\n" + "\n" * 20)
    shop.insert("ship.py", 0, "\n")
    await shop.background("ship.py")
    found = await shop.background()
    assert [text.strip() for text in texts(found)] == ["price_cart = total"]
    shop.session.close(shop.address("ship.py"))
    shop.type("price(cart)\n    return ")
    assert await shop.background() is found
    shop.type("price(cart)\n" * (FAR_LINES + 1))
    assert texts(await shop.background()) == []


async def test_what_the_disk_says_later_waits_for_a_pause(root: Path) -> None:
    shop = Shop(root, CART, reading("imported"))
    first = await shop.background()
    await shop.gathered()
    write(root, {"money.py": "def price(cart, and_more): ...\n"})
    shop.open("ship.py", "")
    await shop.background("ship.py")
    assert texts(await shop.background()) == texts(first)
    await shop.gathered()
    assert texts(await shop.background()) == texts(first)
    shop.pause()
    warmed = [shop.address("cart.py"), "def price(cart, and_more): ..."]
    await shop.engine.until(lambda engine: [engine.backgrounds[-1][0], *texts(engine.backgrounds[-1][1])] == warmed)
    assert shop.engine.begun[-1] is None


async def test_a_hop_keeps_the_background_and_a_pause_after_it_brings_the_scope(root: Path) -> None:
    shop = Shop(root, "class Cart:\n    x = 1\n    ", reading("scopes", prefix_characters=0))
    first = await shop.background()
    assert first.excerpts == ()
    for _ in range(40):
        shop.type("x = 1\n    ")
        assert await shop.background() is first
    shop.timers.go(PAUSE_S / 2)
    shop.type("y")
    shop.timers.go(PAUSE_S / 2)
    assert await shop.background() is first
    shop.pause()
    await shop.engine.until(lambda engine: texts(engine.backgrounds[-1][1]) == ["class Cart:"])


async def test_a_pause_in_one_document_takes_nothing_from_who_is_at_work_in_another(root: Path) -> None:
    shop = Shop(root, "class Cart:\n    x = 1\n    ", reading("scopes", prefix_characters=0))
    await shop.background()
    for _ in range(40):
        shop.type("x = 1\n    ")
        await shop.background()
    shop.open("ship.py", "")
    beside = await shop.background("ship.py")
    warmed = len(shop.engine.backgrounds)
    shop.pause()
    await asyncio.sleep(20 * DELAY_S)  # the engine would hear of it by now
    assert await shop.background("ship.py") is beside
    assert all(uri != shop.address("cart.py") for uri, _ in shop.engine.backgrounds[warmed:])


async def test_lines_that_were_looked_at_may_have_gone_when_the_pause_is_over(root: Path) -> None:
    shop = Shop(root, "class Cart:\n    x = 1\n    ", reading("scopes", prefix_characters=0))
    first = await shop.background()
    for _ in range(40):
        shop.type("x = 1\n    ")
        await shop.background()
    shop.session.change(shop.address("cart.py"), 99, [Change("")])
    shop.pause()
    assert first.excerpts == ()


async def test_in_eco_nothing_is_chosen_unasked(root: Path) -> None:
    shop = Shop(root, "class Cart:\n    x = 1\n    ", reading("scopes", prefix_characters=0, power="eco"))
    first = await shop.background()
    for _ in range(40):
        shop.type("x = 1\n    ")
        assert await shop.background() is first
    shop.pause()
    assert await shop.background() is first


async def type_and_look(root: Path, typed: Iterable[str], lines: int) -> None:
    shop = Shop(root, "import money\n" * lines + CART, reading(*SOURCES))
    shop.open("ship.py", "price_cart = total\n" * 9)
    shop.insert("ship.py", 0, "\n")
    await shop.visit("ship.py", 4)
    first = await shop.background()
    assert first.excerpts
    known = len(shop.engine.backgrounds)
    for number, text in enumerate(typed):
        if text == "\b":
            shop.backspace()
        else:
            shop.type(text)
        if number % 3 == 0:
            assert await shop.background() is first
    assert {told for uri, told in shop.engine.backgrounds[known:] if uri == shop.uri} <= {first}


KEYS = st.lists(st.text("ab_ (:\n\t", min_size=1, max_size=3) | st.just("\b"), max_size=60)


@given(typed=KEYS, lines=st.integers(0, 60))
@settings(max_examples=20, deadline=None)
def test_while_somebody_types_the_background_stays_the_same(typed: list[str], lines: int) -> None:
    with TemporaryDirectory() as folder:
        write(Path(folder), {"cart.py": CART, "money.py": MONEY})
        asyncio.run(type_and_look(Path(folder), typed, lines))


async def test_an_answer_stays_valid_when_the_background_changes(root: Path) -> None:
    shop = Shop(root, CART, reading(*SOURCES))
    shop.engine.says = completed("price(cart)")
    assert await shop.text_for() == "price(cart)"
    shop.open("ship.py", "price_cart = total\n")
    shop.insert("ship.py", 0, "\n")
    await shop.visit("ship.py", 1)
    asked = len(shop.engine.asked)
    shop.type("price")
    assert await shop.text_for() == "(cart)"
    assert len(shop.engine.asked) == asked


async def test_an_explanation_names_each_part_with_its_source(root: Path) -> None:
    shop = Shop(root, CART, reading("path", "imported"))
    await shop.background()
    told = shop.session.explanation()
    assert told is not None
    assert told.context is not None
    parts = [(part.name, part.path, part.characters) for part in told.context.parts[2:]]
    assert parts == [("path", "cart.py", 11), ("imported", "money.py", 20)]
    assert "- Read before that:\n  - the file's path `cart.py`: 11 characters.\n" in narrate(told)
    assert "  - from a file that it imports, `money.py`: 20 characters." in narrate(told)


async def test_a_disk_that_does_not_answer_holds_nothing_up(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Aside, "do", lambda *_: None)
    shop = Shop(root, CART, reading(*SOURCES))
    arrival = shop.session.backgrounds.arrival(shop.uri)
    assert arrival is not None
    request = asyncio.create_task(shop.background())
    await asyncio.sleep(0)
    assert shop.engine.backgrounds == []
    shop.timers.go(PATIENCE_S)
    assert (await request).excerpts == ()
    assert arrival.done()
