from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, cast

from lsp.buffer import Edit
from lsp.headless import Answer
from lsp.replay.player import Conduct, Player, View
from lsp.replay.script import Keystroke, Script

if TYPE_CHECKING:
    from collections.abc import Sequence

    from lsp.headless import Document


class FakeAsking:
    """A request that is answered at once, with what it grows into at hand."""

    open_ms = 1.0

    def __init__(self, text: str, growths: Sequence[str]) -> None:
        self.answer = asyncio.create_task(self._answer(text))
        self.growths: asyncio.Queue[Answer] = asyncio.Queue()
        for growth in growths:
            self.growths.put_nowait(Answer(ms=2.0, text=growth))

    async def _answer(self, text: str) -> Answer:
        return Answer(ms=1.0, text=text)

    def cancel(self) -> None:
        pass


class FakeDocument:
    """Keeps what it was told, in order; every request is answered with the same."""

    def __init__(self, text: str, answer: str = "", growths: Sequence[str] = ()) -> None:
        self.text = text
        self.told: list[str] = []
        self._answer = answer
        self._growths = growths

    def change(self, edits: Sequence[Edit]) -> None:
        for edit in edits:
            self.text = edit.apply(self.text)
        self.told.append("key")

    def ask(self, cursor: int) -> FakeAsking:
        self.told.append(f"ask {cursor}")
        return FakeAsking(self._answer, self._growths)

    def move(self, cursor: int) -> None:
        self.told.append(f"move {cursor}")

    async def accepted(self, answer: Answer) -> None:
        self.told.append(f"accepted {answer.text}")


class Onlooker:
    """Keeps what is to be seen."""

    def __init__(self) -> None:
        self.ghosts: list[str] = []

    def look(self, view: View) -> None:
        self.ghosts.append(view.ghost)


def typing(start: str, *places: tuple[int, str]) -> Script:
    keys = tuple(Keystroke((Edit(place, 0, text),), place + len(text)) for place, text in places)
    end = start
    for key in keys:
        end = key.edits[0].apply(end)
    return Script(name="script", start=start, keys=keys, end=end)


async def play(script: Script, document: FakeDocument) -> None:
    await Player(script, cast("Document", document), Conduct(pace="max"), Onlooker()).play()
    assert document.text == script.end


async def test_who_goes_on_in_another_line_puts_the_cursor_there_first() -> None:
    script = typing("a\nb\nc", (3, "x"), (4, "y"), (1, "z"), (2, "\n"), (3, "w"))
    document = FakeDocument(script.start)
    await play(script, document)
    expected = ["move 3", "key", "ask 4", "key", "ask 5", "move 1", "key", "ask 2", "key", "ask 3", "key", "ask 4"]
    assert document.told == expected


async def test_a_script_without_keys_moves_nothing() -> None:
    document = FakeDocument("a")
    await play(typing("a"), document)
    assert document.told == []


async def test_a_suggestion_that_grows_before_the_next_key_is_taken_whole() -> None:
    script = typing("", *enumerate("xabcdef"))
    document, onlooker = FakeDocument("", "ab", ["abcd", "abcdef"]), Onlooker()
    person = Player(script, cast("Document", document), Conduct(), onlooker)
    person._act()
    asking = person._ask()
    await person._answered(await asking.answer)
    await person._clock.look_on(asking, 0.0, person._grown)
    person._act()
    await person._settle()
    assert onlooker.ghosts == ["", "ab", "abcd", "abcdef", ""]
    assert document.told == ["key", "ask 1", "key", "accepted abcdef"]
    assert document.text == script.end
    assert (person.tally.requests, person.tally.grown, person.tally.accepted_characters) == (1, 2, 6)
