from __future__ import annotations

import asyncio

import pytest
from support.editing import A, Editor, saying
from support.scripted import completed

from lsp.document import Position
from lsp.plan import Request
from lsp.settings import Settings


async def test_an_answer_that_was_cut_short_is_whole_for_the_next_key() -> None:
    editor = Editor("x = ", saying("one", stop="deadline"))
    assert await editor.text_for() == "one"
    editor.engine.asked[0].grown(completed("one + two"))
    editor.type("o")
    assert await editor.text_for() == "ne + two"
    editor.session.close(A)
    editor.engine.asked[0].grown(completed("one + three"))
    editor.session.open(A, "python", 1, "x = ")
    assert await editor.text_for() == "one"


@pytest.mark.parametrize("shown", ["one", ""])
async def test_the_editor_is_told_once_when_what_it_shows_has_become_longer(shown: str) -> None:
    editor = Editor("x = ", saying(shown, stop="deadline"))
    assert await editor.text_for() == shown
    assert editor.grown == []
    for _ in range(2):
        editor.engine.asked[0].grown(completed("one + two"))
    (growth,) = editor.grown
    assert (growth.uri, growth.version) == (A, 1)
    assert growth.suggestion[:3] == ("one + two", Position(0, 4), Position(0, 4))
    assert growth.suggestion.provenance.source == "cache"
    editor.engine.asked[0].grown(completed("one + two + three"))
    assert editor.grown_texts == ["one + two", "one + two + three"]
    assert editor.counts.requests == 1


@pytest.mark.parametrize("turns", range(5))
async def test_a_whole_that_comes_right_after_what_was_cut_short_is_not_lost(turns: int) -> None:
    editor = Editor("x = ")
    asking = asyncio.create_task(editor.text_for())
    await editor.asked(1)
    asked = editor.engine.asked[0]
    asked.answer.set_result(completed("one", stop="deadline"))
    for _ in range(turns):
        await asyncio.sleep(0)
    asked.grown(completed("one + two"))
    answered = await asking
    assert (answered, editor.grown_texts) in [("one + two", []), ("one", ["one + two"])]


@pytest.mark.parametrize("whole", ["one", "on", "two", ""])
async def test_what_is_shown_is_not_replaced_by_what_does_not_continue_it(whole: str) -> None:
    editor = Editor("x = ", saying("one", stop="deadline"))
    await editor.text_for()
    editor.engine.asked[0].grown(completed(whole))
    assert editor.grown == []


@pytest.mark.parametrize("event", ["type", "type and take back", "move", "configure", "ask elsewhere", "ask", "close"])
async def test_nothing_grows_where_something_has_happened_since(event: str) -> None:
    editor = Editor("y\nx = ", saying("one", stop="deadline"))
    await editor.text_for()
    editor.engine.says = None
    match event:
        case "type":
            editor.type("o")
        case "type and take back":
            editor.type("o")
            editor.backspace()
        case "move":
            editor.session.move(A, Position(0, 1))
        case "configure":
            editor.session.configure(Settings())
        case "ask elsewhere":
            asyncio.create_task(editor.session.suggest(Request(A, Position(0, 1), explicit=True)))  # noqa: RUF006
            await editor.asked(2)
        case "ask":
            editor.ask(explicit=True)
            await editor.asked(2)
        case "close":
            editor.session.close(A)
    editor.engine.asked[0].grown(completed("one + two"))
    assert editor.grown == []
    editor.session.close(A)
    await asyncio.sleep(0)


async def test_what_is_typed_through_grows_with_what_it_comes_from() -> None:
    editor = Editor("x = ", saying("one", stop="deadline"))
    await editor.text_for()
    editor.type("o")
    assert await editor.text_for() == "ne"
    editor.engine.asked[0].grown(completed("one + two"))
    assert editor.grown_texts == ["ne + two"]


async def test_an_answer_that_comes_too_late_grows_out_of_nothing() -> None:
    editor = Editor("x = ")
    editor.session.configure(Settings(deadline_ms=0, cold_deadline_ms=0, eagerness="everything"))
    assert await editor.text_for() == ""
    editor.engine.asked[0].answer.set_result(completed("1"))
    await asyncio.sleep(0)
    assert editor.grown_texts == ["1"]


async def test_a_whole_that_comes_together_with_its_beginning_is_the_answer() -> None:
    editor = Editor("x = ")
    request = editor.ask()
    await editor.asked(1)
    editor.engine.asked[0].answer.set_result(completed("one", stop="deadline"))
    editor.engine.asked[0].grown(completed("one + two"))
    suggestion = await request
    assert suggestion is not None
    assert suggestion.text == "one + two"
    assert editor.grown == []
    assert await editor.text_for() == "one + two"
