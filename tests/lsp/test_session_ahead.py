from __future__ import annotations

import asyncio

import msgspec
from msgspec.structs import replace
from support.editing import PATIENT, A, Editor, saying
from support.scripted import completed

from lsp.document import Change, Position
from lsp.plan import Request
from lsp.settings import Settings


async def test_many_changes_warm_the_engine_once_for_the_newest() -> None:
    editor = Editor("")
    for character in "import os":
        editor.type(character)
    await editor.engine.until(lambda engine: bool(engine.warmed))
    assert editor.engine.warmed == [(A, "import os", "")]


async def test_the_engine_hears_of_typing_while_it_works_for_the_document() -> None:
    editor = Editor("x = ")
    request = editor.ask()
    await editor.asked(1)
    editor.type("y")
    await editor.engine.until(lambda engine: (A, "x = y", "") in engine.warmed)
    assert not editor.engine.asked[0].cancelled  # whether that work is still of use, the engine knows
    editor.engine.asked[0].answer.set_result(completed("y"))
    assert await request is None


async def test_decoding_begins_at_a_change_where_it_ends_before_the_next_key() -> None:
    for power, cost_s, expected in (
        ("balanced", 0.05, "line"),
        ("balanced", 0.9, None),
        ("eager", 0.9, "line"),
    ):
        editor = Editor("x = ")
        editor.session.configure(msgspec.convert({"power": power, "debounceMs": 60_000}, Settings))
        first = editor.ask()
        await editor.asked(1)
        editor.now_s += cost_s
        editor.engine.asked[0].answer.set_result(completed("", stop="end"))
        await first
        for character in "fo":
            editor.now_s += 0.2
            editor.type(character)
        await editor.engine.until(lambda engine: (A, "x = fo", "") in engine.warmed)
        assert editor.engine.begun[-1] == expected


async def test_sparing_power_nothing_is_done_before_somebody_asks_or_after_the_answer() -> None:
    for power, warmings, ahead in (("eco", 0, 0), ("balanced", 1, 1), ("eager", 1, 4)):
        editor = Editor("x = ", saying("1"))
        await editor.engine.until(lambda engine: bool(engine.warmed))
        editor.engine.warmed.clear()
        editor.session.configure(msgspec.convert({"power": power}, Settings))
        editor.type("y")
        await asyncio.sleep(0.05)
        assert len(editor.engine.warmed) == warmings
        await editor.text_for()
        assert editor.engine.asked[0].request.ahead == ahead


async def test_what_is_refused_or_closed_at_once_keeps_no_other_document_from_being_read() -> None:
    editor = Editor("import os")
    editor.session.open("git:/a.py", "python", 1, "x")
    editor.session.open("file:///peek.py", "python", 1, "x")
    editor.session.close("file:///peek.py")
    await editor.engine.until(lambda engine: bool(engine.warmed))
    assert [document for document, *_ in editor.engine.warmed] == [A]


async def test_where_the_cursor_rests_is_read_but_nothing_decoded() -> None:
    editor = Editor("a\nb\nc")
    editor.type("d")
    await editor.engine.until(lambda engine: bool(engine.warmed))
    editor.session.move(A, Position(1, 1))
    await editor.engine.until(lambda engine: len(engine.warmed) == 2)
    assert editor.engine.warmed[1] == (A, "a\nb", "\ncd")
    assert editor.engine.begun == ["line", None]
    editor.session.move(A, Position(1, 1))
    editor.session.move("file:///never.py", Position(0, 0))
    editor.session.move(A, Position(99, 99))
    await editor.engine.until(lambda engine: len(engine.warmed) == 3)
    assert editor.engine.warmed[2] == (A, "a\nb\ncd", "")


async def test_the_engine_goes_on_with_the_place_that_was_asked_for_when_the_cursor_rests_there() -> None:
    editor = Editor("f")
    editor.session.change(A, 2, [Change("()", Position(0, 1), Position(0, 1))])
    editor.engine.says = completed("x", stop="deadline")
    await editor.session.suggest(Request(A, Position(0, 2), explicit=False))
    editor.session.move(A, Position(0, 2))
    await asyncio.sleep(0.05)
    assert editor.engine.warmed == []
    editor.engine.asked[0].grown(completed("x, y"))
    assert editor.grown_texts == ["x, y"]


async def test_sparing_power_the_cursor_alone_has_nothing_read() -> None:
    editor = Editor("a\nb")
    editor.session.configure(replace(PATIENT, power="eco"))
    await editor.engine.until(lambda engine: bool(engine.warmed))
    editor.session.move(A, Position(1, 1))
    await asyncio.sleep(0.05)
    assert len(editor.engine.warmed) == 1


async def test_of_many_documents_opened_together_only_the_last_is_read() -> None:
    editor = Editor("")
    for number in range(5_000):
        editor.session.open(f"file:///{number}.py", "python", 1, f"x = {number}")
    await editor.engine.until(lambda engine: bool(engine.warmed))
    assert editor.engine.warmed == [("file:///4999.py", "", "x = 4999")]
    editor.session.change("file:///7.py", 2, [Change("y", Position(0, 5), Position(0, 5))])
    await editor.engine.until(lambda engine: len(engine.warmed) == 2)
    assert editor.engine.warmed[1] == ("file:///7.py", "x = 7y", "")


async def test_brackets_that_the_editor_closed_do_not_change_what_the_model_reads_behind_the_cursor() -> None:
    editor = Editor("x = ", saying("1"))
    editor.session.change(A, 2, [Change("foo()\n\ny = 2", Position(0, 4), Position(0, 4))])
    await editor.session.suggest(Request(A, Position(0, 8), explicit=False))
    await editor.session.suggest(Request(A, Position(0, 5), explicit=True))
    assert [asked.request.suffix for asked in editor.engine.asked] == ["\n\ny = 2", "oo()\n\ny = 2"]


async def test_the_engine_is_not_warmed_for_what_it_is_asked_already() -> None:
    editor = Editor("x = ")
    editor.type("y")
    request = editor.ask()
    await editor.asked(1)
    editor.engine.asked[0].answer.set_result(completed("z"))
    await request
    await asyncio.sleep(0.05)
    assert editor.engine.warmed == []


async def test_an_engine_that_has_just_started_is_warmed() -> None:
    editor = Editor("x = ")
    await asyncio.sleep(0.05)
    editor.engine.warmed.clear()
    editor.session.engine_is_ready()
    await editor.engine.until(lambda engine: bool(engine.warmed))


async def test_an_engine_that_has_moved_says_itself_what_it_suggests() -> None:
    editor = Editor("x = ", saying("one"))
    assert await editor.text_for() == "one"
    editor.engine.says = completed("two")
    assert await editor.text_for() == "one"  # which is known
    editor.session.engine_is_ready(moved=True)
    assert await editor.text_for() == "two"
