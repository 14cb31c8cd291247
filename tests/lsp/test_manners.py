"""When a suggestion is shown, apart from when it is computed: manual mode, the delay, the completion list."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import msgspec
import pytest
from support.editing import PATIENT, Editor, saying
from support.inprocess import InProcess
from support.scripted import ScriptedEngine, completed

from engine.messages import Alternative
from lsp.document import Position
from lsp.plan import Selected

if TYPE_CHECKING:
    from support.conversation import Message

URI = "file:///a.py"
PRICE = "def price(left, right):\n    return left + right\n"


async def test_in_manual_mode_suggestions_come_when_asked_for_and_stay_while_they_are_typed() -> None:
    editor = Editor("x = ", saying("one + two"))
    editor.session.configure(msgspec.structs.replace(PATIENT, trigger="manual"))
    assert await editor.text_for() == ""
    assert editor.last.reason == "suggestions come when asked for"
    assert editor.engine.asked == []
    assert await editor.text_for(explicit=True) == "one + two"
    editor.type("one")
    assert await editor.text_for() == " + two"
    editor.type("!")
    assert await editor.text_for() == ""


async def test_in_manual_mode_what_was_typed_is_read_but_nothing_is_decoded() -> None:
    editor = Editor("x = ")
    editor.session.configure(msgspec.structs.replace(PATIENT, trigger="manual"))
    editor.type("y")
    await editor.engine.until(lambda engine: bool(engine.warmed))
    assert editor.engine.begun == [None]
    assert editor.session.report().power.reason == 'trigger is "manual"'


async def held_back(editor: Editor) -> asyncio.Task[object]:
    """Ask, and let the engine answer; the suggestion is held back."""
    task = editor.ask()
    await editor.asked(1)
    editor.engine.asked[-1].answer.set_result(completed("one + two"))
    for _ in range(10):
        await asyncio.sleep(0)
    assert not task.done()
    return task


async def test_a_suggestion_that_is_held_back_gives_way_to_a_newer_request() -> None:
    editor = Editor("x = ")
    editor.session.configure(msgspec.structs.replace(PATIENT, show_delay_ms=60_000))
    task = await held_back(editor)
    editor.type("z")
    newer = editor.ask()
    assert await task is None
    assert editor.last.reason == "a newer request took over"
    newer.cancel()


async def test_a_suggestion_that_is_held_back_is_not_shown_for_another_text() -> None:
    editor = Editor("x = ")
    editor.session.configure(msgspec.structs.replace(PATIENT, show_delay_ms=100))
    task = await held_back(editor)
    editor.type("z")
    assert await task is None
    assert editor.last.reason == "the document has changed meanwhile"


async def test_what_is_on_screen_does_not_blink_and_what_was_asked_for_does_not_wait() -> None:
    editor = Editor("x = ", saying("one + two"))
    editor.session.configure(msgspec.structs.replace(PATIENT, show_delay_ms=1))
    assert await editor.text_for() == "one + two"
    editor.session.configure(msgspec.structs.replace(PATIENT, show_delay_ms=60_000))
    assert await editor.text_for(explicit=True) == "one + two"
    editor.type("one")
    assert await editor.text_for() == " + two"


async def test_a_suggestion_grows_while_it_is_held_back() -> None:
    editor = Editor("x = ")
    editor.session.configure(msgspec.structs.replace(PATIENT, show_delay_ms=100))
    task = editor.ask()
    await editor.asked(1)
    editor.engine.asked[0].answer.set_result(completed("one", stop="deadline"))
    for _ in range(10):
        await asyncio.sleep(0)
    editor.engine.asked[0].grown(completed("one + two"))
    suggestion = await task
    assert suggestion is not None
    assert suggestion.text == "one + two"
    assert editor.grown == []


OTHERS = tuple(Alternative(text, 1, "line", 0.1) for text in ("two", "two  ", "three"))
CHOOSING = msgspec.structs.replace(PATIENT, candidates=4)


async def test_who_asks_may_choose() -> None:
    editor = Editor("x = ", ScriptedEngine(says=msgspec.structs.replace(completed("one"), others=OTHERS)))
    editor.session.configure(CHOOSING)
    for explicit in (False, True, True):
        suggestion = await editor.ask(explicit=explicit)
        assert suggestion is not None
        offered = (suggestion, *suggestion.others)
        assert [each.text for each in offered] == (["one", "two", "three"] if explicit else ["one"])
        assert len({each.provenance.id for each in offered}) == len(offered)
    assert [asked.request.candidates for asked in editor.engine.asked] == [1, 4]


async def test_an_answer_that_grew_was_not_asked_for_several() -> None:
    editor = Editor("x = ", saying("one", stop="deadline"))
    editor.session.configure(CHOOSING)
    assert await editor.text_for(explicit=True) == "one"
    editor.engine.asked[0].grown(completed("one + two"))
    editor.engine.says = msgspec.structs.replace(completed("one + two"), others=OTHERS)
    suggestion = await editor.ask(explicit=True)
    assert suggestion is not None
    assert len(suggestion.others) == 2


async def test_what_the_user_chose_to_wait_does_not_make_the_machine_slow() -> None:
    editor = Editor("x = ")
    editor.session.configure(msgspec.structs.replace(PATIENT, show_delay_ms=50))
    task = await held_back(editor)
    editor.now_s += 0.5
    assert await task is not None
    assert editor.session.report().latency_ms.p95 == 0.0


async def test_the_time_that_several_take_does_not_keep_one_waiting() -> None:
    editor = Editor("x = ")
    editor.session.configure(CHOOSING)
    asked = editor.ask(explicit=True)
    await editor.asked(1)
    editor.now_s += 0.9
    editor.engine.asked[0].answer.set_result(completed("one"))
    assert await asked is not None
    for _ in range(3):
        editor.type("z")
        editor.now_s += 0.1
    assert editor.session.report().power.decodes == "at keys"


async def test_another_candidate_is_typed_through() -> None:
    editor = Editor("x = ", ScriptedEngine(says=msgspec.structs.replace(completed("one"), others=OTHERS)))
    editor.session.configure(CHOOSING)
    assert await editor.text_for(explicit=True) == "one"
    editor.type("th")
    suggestion = await editor.ask()
    assert suggestion is not None
    assert (suggestion.text, suggestion.provenance.source, suggestion.others) == ("ree", "typed-through", ())
    assert (suggestion.provenance.tokens, suggestion.provenance.confidence) == (1, 0.1)


@pytest.mark.parametrize(
    ("text", "column", "word"),
    [("retu", 4, "retu"), ("x.retu", 6, "retu"), ("x. ", 3, ""), ("", 0, ""), ("größe", 4, "größ")],
)
async def test_the_word_before_a_position(text: str, column: int, word: str) -> None:
    session = Editor(text).session
    start = Position(0, column - len(word))
    assert session.word(URI, Position(0, column)) == Selected(start, Position(0, column), word)
    assert session.word("file:///other.py", Position(0, 0)) is None


async def test_an_editor_without_ghost_text_gets_an_entry_of_the_completion_list() -> None:
    wire = InProcess()
    answer = await wire.start(initializationOptions={"completionItems": True})
    assert "." in answer["result"]["capabilities"]["completionProvider"]["triggerCharacters"]
    wire.open(URI, f"{PRICE}\n    return le")
    (item,) = await entries(wire)
    assert item["label"] == item["filterText"] == "left + right"
    start, end = {"line": 3, "character": 11}, {"line": 3, "character": 13}
    assert item["textEdit"] == {"range": {"start": start, "end": end}, "newText": "left + right"}
    await wire.ask("workspace/executeCommand", item["command"])
    assert (await wire.status())["counts"]["accepted"] == 1
    wire.notify("workspace/didChangeConfiguration", {"settings": {"tandem": {"completionItems": False}}})
    assert await entries(wire) == []
    await wire.server.engine.stop()


async def test_an_editor_may_learn_of_the_completion_list_later() -> None:
    wire = InProcess()
    completion = {"textDocument": {"completion": {"dynamicRegistration": True}}}
    answer = await wire.start(capabilities=completion)
    assert "completionProvider" not in answer["result"]["capabilities"]
    for _ in range(2):
        wire.notify("workspace/didChangeConfiguration", {"settings": {"tandem": {"completionItems": True}}})
    request = await wire.said("client/registerCapability")
    assert request["params"]["registrations"][0]["method"] == "textDocument/completion"
    wire.reply(request, None)
    wire.open(URI, f"{PRICE}\n    return le")
    assert len(await entries(wire)) == 1
    assert len(wire.all_said("client/registerCapability")) == 1
    await wire.server.engine.stop()


async def test_files_are_excluded_by_glob_and_taken_back_in_while_they_are_open() -> None:
    wire, patient = InProcess(), {"deadlineMs": 60_000, "coldDeadlineMs": 60_000}
    await wire.start(initializationOptions=patient | {"exclude": ["generated/*"]})
    names = ("w/prices.py", "w/generated/prices.py", "w/generated/by_hand.py", "w/example.env", "w/.env")
    for name in names:
        wire.open(f"file:///{name}", f"{PRICE}\n    return le")

    async def served() -> set[str]:
        return {name for name in names if await wire.inline(f"file:///{name}", 3, 13) is not None}

    assert await served() == {"w/prices.py"}
    for exclude, back in (
        (["generated/*", "!by_hand.py"], "w/generated/by_hand.py"),
        (["!by_hand.py", "generated/*"], "w/generated/by_hand.py"),
        (["generated/*", "!example.env"], "w/example.env"),
    ):
        wire.notify("workspace/didChangeConfiguration", {"settings": {"tandem": patient | {"exclude": exclude}}})
        assert await served() == {"w/prices.py", back}
    await wire.server.engine.stop()


async def entries(wire: InProcess) -> list[Message]:
    place = {"textDocument": {"uri": URI}, "position": {"line": 3, "character": 13}}
    items: list[Message] = (await wire.ask("textDocument/completion", place))["result"]["items"]
    return items


async def test_an_editor_that_follows_hears_how_requests_went(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("lsp.announce.PERIOD_S", 0.01)
    wire = InProcess()
    await wire.start(capabilities={"experimental": {"tandem": {}}})
    wire.open(URI, f"{PRICE}\n    return le")
    assert await wire.inline(URI, 3, 13) is not None
    heard = await wire.until(
        lambda message: message.get("method") == "tandem/status" and message["params"]["counts"]["shown"] == 1
    )
    assert heard["params"]["last"]["outcome"] == "shown"
    await wire.server.engine.stop()
