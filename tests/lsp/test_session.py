from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace
from support.scripted import ScriptedEngine, completed

from engine.errors import EngineDown, EngineLost
from lsp.document import Position
from lsp.plan import Request, Selected
from lsp.session import MARGIN_MS, Change, Session
from lsp.settings import Settings
from lsp.status import Counts, Last
from lsp.suggestion import Suggestion

if TYPE_CHECKING:
    from engine.messages import Stop
    from lsp.growth import Growth

A = "file:///a.py"
# A slow machine must not decide a test.
PATIENT = Settings(deadline_ms=60_000, cold_deadline_ms=60_000, explicit_deadline_ms=60_000, debounce_ms=60_000)


class Editor:
    """One document, A, in a session with a scripted engine; the cursor stands at the end of what was typed last."""

    def __init__(self, text: str = "", engine: ScriptedEngine | None = None, uri: str = A) -> None:
        self.engine = engine or ScriptedEngine()
        self.now_s = 0.0
        self.grown: list[Growth] = []
        self.session = Session(self.engine, grown=self.grown.append, clock=lambda: self.now_s)
        self.uri = uri
        self.text = text
        self.session.configure(PATIENT)
        self.session.open(uri, "python", 1, text)

    @property
    def cursor(self) -> Position:
        line = self.text.rpartition("\n")[2]
        return Position(self.text.count("\n"), len(line))

    def type(self, text: str) -> None:
        self.session.change(self.uri, 2, [Change(text, self.cursor, self.cursor)])
        self.text += text

    def backspace(self) -> None:
        end = self.cursor
        self.text = self.text[:-1]
        self.session.change(self.uri, 2, [Change("", self.cursor, end)])

    def ask(self, *, explicit: bool = False, selected: Selected | None = None) -> asyncio.Task[Suggestion | None]:
        return asyncio.create_task(self.session.suggest(Request(self.uri, self.cursor, explicit, selected)))

    async def text_for(self, *, explicit: bool = False) -> str:
        suggestion = await self.ask(explicit=explicit)
        return suggestion.text if suggestion else ""

    async def asked(self, count: int) -> None:
        """Wait until the engine was asked so often."""
        await self.engine.until(lambda engine: len(engine.asked) >= count)

    @property
    def grown_texts(self) -> list[str]:
        return [growth.suggestion.text for growth in self.grown]

    @property
    def last(self) -> Last:
        last = self.session.report().last
        assert last is not None
        return last

    @property
    def counts(self) -> Counts:
        return self.session.report().counts


def saying(text: str, **also: object) -> ScriptedEngine:
    return ScriptedEngine(says=completed(text, **also))  # type: ignore[arg-type]  # by name


async def test_a_suggestion_carries_where_it_comes_from() -> None:
    editor = Editor("x = ", saying("1"))
    suggestion = await editor.ask()
    assert suggestion is not None
    assert suggestion[:3] == ("1", Position(0, 4), Position(0, 4))
    account = suggestion.provenance
    assert (account.source, account.model, account.device, account.document) == ("engine", "m", "d", A)
    assert (account.tokens, account.stop, account.confidence, account.timings.decode_ms) == (3, "line", 0.9, 2.0)
    assert editor.counts == Counts(requests=1, shown=1)


async def test_a_document_that_is_not_open_gets_nothing() -> None:
    editor = Editor()
    assert await editor.session.suggest(Request("file:///b.py", Position(0, 0), explicit=True)) is None
    assert editor.last.reason == "the document is not open"
    editor.session.change("file:///b.py", 2, [Change("x")])
    editor.session.close("file:///b.py")
    assert editor.engine.asked == []


async def test_the_newest_request_wins_and_the_older_is_answered_at_once() -> None:
    editor = Editor("x = ")
    older = editor.ask()
    await editor.asked(1)
    editor.type("y")
    newer = editor.ask()
    assert await older is None
    assert editor.last.reason == "a newer request took over"
    await editor.asked(2)
    assert editor.engine.asked[0].cancelled
    editor.engine.asked[1].answer.set_result(completed("z"))
    suggestion = await newer
    assert suggestion is not None
    assert suggestion.text == "z"
    assert editor.counts == Counts(requests=2, shown=1, cancelled=1)


async def test_a_request_for_the_same_joins_the_work_under_way() -> None:
    editor = Editor("x = ")
    older = editor.ask()
    await editor.asked(1)
    newer = editor.ask()
    assert await older is None
    editor.engine.asked[0].answer.set_result(completed("1"))
    suggestion = await newer
    assert suggestion is not None
    assert len(editor.engine.asked) == 1


async def test_two_documents_do_not_disturb_each_other() -> None:
    editor = Editor("x = ")
    editor.session.open("file:///b.py", "python", 1, "y = ")
    first = editor.ask()
    second = asyncio.create_task(editor.session.suggest(Request("file:///b.py", Position(0, 4), explicit=False)))
    await editor.asked(2)
    for number, asked in enumerate(editor.engine.asked):
        asked.answer.set_result(completed(str(number)))
    texts = [suggestion.text for suggestion in (await first, await second) if suggestion]
    assert texts == ["0", "1"]


async def test_cancelling_a_request_calls_off_the_engine() -> None:
    editor = Editor("x = ")
    request = editor.ask()
    await editor.asked(1)
    request.cancel()
    with pytest.raises(asyncio.CancelledError):
        await request
    await asyncio.sleep(0)
    assert editor.engine.asked[0].cancelled
    assert editor.counts == Counts(requests=1, cancelled=1)


async def test_closing_the_document_ends_its_request_with_nothing() -> None:
    editor = Editor("x = ")
    request = editor.ask()
    await editor.asked(1)
    editor.session.close(A)
    assert await request is None
    assert editor.last.reason == "the document was closed"
    assert editor.engine.asked[0].cancelled
    assert editor.engine.forgotten == [A]


async def test_typing_through_a_suggestion_needs_no_engine() -> None:
    editor = Editor("x = ", saying("foo(bar)"))
    assert await editor.text_for() == "foo(bar)"
    for typed, rest in (("f", "oo(bar)"), ("oo(", "bar)"), ("bar", ")")):
        editor.type(typed)
        suggestion = await editor.ask()
        assert suggestion is not None
        assert (suggestion.text, suggestion.provenance.source) == (rest, "typed-through")
        assert suggestion.start == suggestion.end == editor.cursor
    assert len(editor.engine.asked) == 1
    assert editor.counts == Counts(requests=4, shown=4, typed_through=3)


async def test_a_bracket_closed_by_the_editor_does_not_stop_typing_through() -> None:
    editor = Editor("f", saying("(bar)"))
    assert await editor.text_for() == "(bar)"
    editor.session.change(
        A, 2, [Change("(", Position(0, 1), Position(0, 1)), Change(")", Position(0, 2), Position(0, 2))]
    )
    suggestion = await editor.session.suggest(Request(A, Position(0, 2), explicit=False))
    assert suggestion is not None
    assert suggestion.text == "bar"
    assert len(editor.engine.asked) == 1


async def test_a_rest_that_is_not_worth_showing_makes_room_for_a_new_suggestion() -> None:
    editor = Editor("print()\nx", saying("x) + y"))
    first = await editor.session.suggest(Request(A, Position(0, 6), explicit=False))
    assert first is not None
    assert first.text == "x"
    editor.engine.says = completed(".y)")
    editor.session.change(A, 2, [Change("x", Position(0, 6), Position(0, 6))])
    second = await editor.session.suggest(Request(A, Position(0, 7), explicit=False))
    assert second is not None
    assert second.text == ".y"


async def test_backspace_restores_a_suggestion_and_never_starts_one() -> None:
    editor = Editor("x = ", saying("foo"))
    assert await editor.text_for() == "foo"
    editor.type("bar")
    for _ in range(2):
        editor.backspace()
        assert await editor.text_for() == ""
        assert editor.last.reason == "text is being removed"
    editor.backspace()
    suggestion = await editor.ask()
    assert suggestion is not None
    assert (suggestion.text, suggestion.provenance.source) == ("foo", "cache")
    assert len(editor.engine.asked) == 1
    editor.backspace()
    assert await editor.text_for(explicit=True) == "foo"
    assert len(editor.engine.asked) == 2


async def test_a_removal_silences_its_own_place_only() -> None:
    editor = Editor("a\nx = ", saying("1"))
    editor.session.change(A, 2, [Change("", Position(0, 0), Position(0, 1))])
    assert await editor.session.suggest(Request(A, Position(0, 0), explicit=False)) is None
    assert editor.last.reason == "text is being removed"
    assert await editor.text_for() == "1"


@pytest.mark.parametrize(("typed", "rest"), [("fo", "o"), ("fx", ""), ("foo", "")])
async def test_typing_while_the_engine_works_leaves_the_rest_for_the_next_request(typed: str, rest: str) -> None:
    editor = Editor("x = ")
    request = editor.ask()
    await editor.asked(1)
    editor.type(typed)
    editor.engine.asked[0].answer.set_result(completed("foo"))
    assert await request is None
    assert editor.last.reason == "the document has changed meanwhile"
    editor.engine.says = completed("")
    assert await editor.text_for() == rest
    assert len(editor.engine.asked) == (1 if rest else 2)


async def test_an_edit_elsewhere_draws_no_suggestion_to_itself() -> None:
    editor = Editor("\nx = ")
    request = editor.ask()
    await editor.asked(1)
    editor.session.change(A, 2, [Change("import os", Position(0, 0), Position(0, 0))])
    editor.engine.asked[0].answer.set_result(completed("foo"))
    assert await request is None


@pytest.mark.parametrize("error", [EngineLost("it died"), EngineDown("it is starting")])
async def test_an_engine_that_cannot_answer_leaves_its_reason(error: Exception) -> None:
    editor = Editor("x = ", ScriptedEngine(says=error))
    assert await editor.text_for() == ""
    assert editor.last.reason == str(error)
    editor.engine.says = completed("1")
    assert await editor.text_for() == "1"


async def test_an_answer_that_comes_too_late_is_there_for_the_next_request() -> None:
    editor = Editor("x = ")
    editor.session.configure(Settings(deadline_ms=0, cold_deadline_ms=0))
    assert await editor.text_for() == ""
    assert editor.last.reason == "the engine did not answer in time"
    assert not editor.engine.asked[0].cancelled
    editor.engine.asked[0].answer.set_result(completed("1"))
    await asyncio.sleep(0)
    assert await editor.text_for() == "1"
    assert len(editor.engine.asked) == 1


async def test_a_flight_that_nobody_waits_for_ends_with_its_document() -> None:
    editor = Editor("x = ")
    editor.session.configure(Settings(deadline_ms=0, cold_deadline_ms=0))
    await editor.text_for()
    editor.session.close(A)
    await asyncio.sleep(0)
    assert editor.engine.asked[0].cancelled


async def test_the_engine_gets_what_is_left_of_the_deadline() -> None:
    editor = Editor("x = ", saying("1"))
    editor.session.configure(Settings(deadline_ms=300, cold_deadline_ms=700, explicit_deadline_ms=2000))
    await editor.text_for()
    editor.type("y")
    await editor.text_for(explicit=True)
    automatic, explicit = (asked.request.budget_ms for asked in editor.engine.asked)
    assert (automatic, explicit) == (300 - MARGIN_MS, 2000 - MARGIN_MS)
    assert [asked.request.cold_budget_ms for asked in editor.engine.asked] == [700 - MARGIN_MS, 2000 - MARGIN_MS]


async def test_sparing_power_fast_typing_waits_for_a_pause_before_it_asks_the_engine() -> None:
    editor = Editor("x = ")
    editor.session.configure(replace(PATIENT, power="eco"))
    first = editor.ask()
    await editor.asked(1)
    editor.now_s += 0.9  # the engine is slower
    editor.engine.asked[0].answer.set_result(completed("", stop="end"))
    await first
    for character in "fo":
        editor.now_s += 0.8  # than the typing
        editor.type(character)
    waiting = editor.ask()
    await asyncio.sleep(0.01)
    assert len(editor.engine.asked) == 1
    editor.type("o")
    explicit = editor.ask(explicit=True)
    assert await waiting is None
    await editor.asked(2)
    editor.engine.asked[1].answer.set_result(completed("()"))
    assert await explicit
    assert [asked.request.prefix for asked in editor.engine.asked] == ["x = ", "x = foo"]


async def test_an_automatic_suggestion_must_be_confident_and_an_explicit_one_need_not() -> None:
    editor = Editor("x = ", saying("1", confidence=0.2))
    assert await editor.text_for() == ""
    assert editor.last.reason == "the model is not confident enough"
    assert await editor.text_for(explicit=True) == "1"
    assert len(editor.engine.asked) == 1


async def test_an_explicit_request_does_not_make_do_with_half_an_answer() -> None:
    editor = Editor("x = ", saying("hal", stop="deadline"))
    assert await editor.text_for() == "hal"
    editor.engine.says = completed("half an answer")
    assert await editor.text_for(explicit=True) == "half an answer"
    assert await editor.text_for() == "half an answer"
    assert len(editor.engine.asked) == 2


async def test_nothing_suggested_is_not_asked_again_but_no_time_is() -> None:
    editor = Editor("x = ", saying("", stop="deadline"))
    await editor.text_for()
    await editor.text_for()
    assert len(editor.engine.asked) == 2
    editor.engine.says = completed("", stop="end")
    await editor.text_for()
    await editor.text_for()
    assert len(editor.engine.asked) == 3


@pytest.mark.parametrize(
    ("stop", "reason"),
    [
        ("end", "the model suggests nothing here"),
        ("deadline", "the engine ran out of time"),
        ("cancelled", "the engine called the work off"),
        ("repeat", "the model went round in circles"),
    ],
)
async def test_an_empty_answer_says_why_it_is_empty(stop: Stop, reason: str) -> None:
    editor = Editor("x = ", saying("", stop=stop))
    assert await editor.text_for() == ""
    assert editor.last.reason == reason


@pytest.mark.parametrize("uri", ["file:///home/me/.env", "file:///home/me/.ssh/id_rsa", "output:tandem"])
async def test_no_text_of_a_refused_document_reaches_the_engine(uri: str) -> None:
    editor = Editor("PASSWORD=", saying("x"), uri=uri)
    editor.type("hunter")
    assert await editor.text_for() == ""
    assert await editor.text_for(explicit=True) == ""
    await asyncio.sleep(0.05)
    assert (editor.engine.asked, editor.engine.warmed) == ([], [])


async def test_other_settings_hold_at_once() -> None:
    editor = Editor("x = ")
    editor.session.open("file:///b.rs", "rust", 1, "y = ")
    request = editor.ask()
    await editor.asked(1)
    editor.session.configure(Settings(languages={"python": False}))
    assert await request is None
    assert editor.last.reason == "the settings have changed"
    assert editor.engine.asked[0].cancelled
    assert editor.engine.forgotten == [A]
    assert await editor.text_for() == ""
    assert editor.last.reason == "switched off for the language python"


async def test_the_same_settings_once_more_disturb_nothing() -> None:
    editor = Editor("x = ")
    request = editor.ask()
    await editor.asked(1)
    editor.session.configure(PATIENT)
    editor.engine.asked[0].answer.set_result(completed("1"))
    assert await request


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


async def test_what_is_refused_or_closed_at_once_keeps_no_other_document_from_being_read() -> None:
    editor = Editor("import os")
    editor.session.open("git:/a.py", "python", 1, "x")
    editor.session.open("file:///peek.py", "python", 1, "x")
    editor.session.close("file:///peek.py")
    await editor.engine.until(lambda engine: bool(engine.warmed))
    assert [document for document, *_ in editor.engine.warmed] == [A]


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
    editor.session.configure(Settings(deadline_ms=0, cold_deadline_ms=0))
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


async def test_a_clock_that_jumps_ahead_costs_nobody_an_answer() -> None:
    editor = Editor("x = ")
    request = editor.ask()
    await editor.asked(1)
    editor.now_s += 1e6
    editor.engine.asked[0].answer.set_result(completed("1"))
    assert await request
    editor.type("y")
    editor.now_s += 1e6
    editor.engine.says = completed("2")
    assert await editor.text_for() == "2"
    assert 0 < editor.engine.asked[1].request.budget_ms <= PATIENT.deadline_ms
    assert editor.session.report().power.decodes == "at keys"


async def test_sparing_power_the_cursor_alone_has_nothing_read() -> None:
    editor = Editor("a\nb")
    editor.session.configure(replace(PATIENT, power="eco"))
    await editor.engine.until(lambda engine: bool(engine.warmed))
    editor.session.move(A, Position(1, 1))
    await asyncio.sleep(0.05)
    assert len(editor.engine.warmed) == 1


async def test_moving_away_from_a_removal_ends_its_silence() -> None:
    editor = Editor("x = 1", saying("1"))
    editor.backspace()
    editor.session.move(A, editor.cursor)
    assert await editor.text_for() == ""
    editor.session.move(A, Position(0, 0))
    editor.session.move(A, editor.cursor)
    assert await editor.text_for() == "1"


async def test_of_many_documents_opened_together_only_the_last_is_read() -> None:
    editor = Editor("")
    for number in range(5_000):
        editor.session.open(f"file:///{number}.py", "python", 1, f"x = {number}")
    await editor.engine.until(lambda engine: bool(engine.warmed))
    assert editor.engine.warmed == [("file:///4999.py", "", "x = 4999")]
    editor.session.change("file:///7.py", 2, [Change("y", Position(0, 5), Position(0, 5))])
    await editor.engine.until(lambda engine: len(engine.warmed) == 2)
    assert editor.engine.warmed[1] == ("file:///7.py", "x = 7y", "")


async def test_the_report_says_when_decoding_starts_and_why() -> None:
    editor = Editor("x = ")
    assert editor.session.report().power.decodes == "at keys"
    editor.session.configure(replace(PATIENT, power="eco"))
    assert editor.session.report().power.decodes == "at requests"


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


async def test_the_selected_entry_of_the_popup_is_continued() -> None:
    editor = Editor("os.pa", saying(".join(a)"))
    suggestion = await editor.ask(selected=Selected(Position(0, 3), Position(0, 5), "path"))
    assert suggestion is not None
    assert suggestion[:3] == ("path.join(a)", Position(0, 3), Position(0, 5))
    assert editor.engine.asked[0].request.prefix == "os.path"


async def test_a_selected_entry_on_another_line_is_ignored() -> None:
    editor = Editor("import os\nx = ", saying("1"))
    suggestion = await editor.ask(selected=Selected(Position(0, 0), Position(1, 4), "path"))
    assert suggestion is not None
    assert suggestion[:3] == ("1", Position(1, 4), Position(1, 4))


async def test_a_block_has_the_document_s_line_endings() -> None:
    editor = Editor("def f():\r\n    ", saying("x = 1\n    return x\n", stop="block"))
    assert await editor.text_for() == "x = 1\r\n    return x"
    assert (editor.engine.asked[0].request.shape, editor.engine.asked[0].request.prefix) == ("block", "def f():\n    ")


async def test_what_was_suggested_is_forgotten_with_the_document() -> None:
    editor = Editor("x = ", saying("1"))
    await editor.text_for()
    editor.session.close(A)
    editor.session.open(A, "python", 1, editor.text)
    await editor.text_for()
    assert len(editor.engine.asked) == 2


async def test_opening_a_document_again_starts_afresh() -> None:
    editor = Editor("x = ")
    request = editor.ask()
    await editor.asked(1)
    editor.session.open(A, "python", 1, "y = ")
    assert await request is None
    editor.engine.says = completed("2")
    editor.text = "y = "
    assert await editor.text_for() == "2"


EVENTS = st.lists(
    st.sampled_from(
        ["open", "close", "type", "backspace", "move", "ask", "explicit", "cancel", "answer", "grow", "fail", "pause"]
    )
    | st.just("configure"),
    max_size=60,
)


@given(events=EVENTS, data=st.data())
@settings(max_examples=150, deadline=None)
def test_whatever_happens_every_request_ends_once(events: list[str], data: st.DataObject) -> None:
    asyncio.run(_live_through(events, data))


async def _live_through(events: list[str], data: st.DataObject) -> None:
    editor = Editor("x = ")
    requests: list[asyncio.Task[Suggestion | None]] = []
    for event in events:
        if event in {"ask", "explicit"}:
            requests.append(editor.ask(explicit=event == "explicit"))
        elif event == "cancel" and requests:
            data.draw(st.sampled_from(requests)).cancel()
        elif event == "pause":
            await asyncio.sleep(0)
        else:
            _befall(editor, event, data)
    await asyncio.sleep(0)
    editor.session.close(A)
    ends = await asyncio.gather(*requests, return_exceptions=True)
    assert all(end is None or isinstance(end, Suggestion | asyncio.CancelledError) for end in ends)
    counts = editor.counts  # a task that was cancelled before its first step never became a request
    assert counts.requests == counts.shown + counts.empty + counts.cancelled <= len(requests)
    assert counts.shown == sum(isinstance(end, Suggestion) for end in ends)
    await asyncio.sleep(0)
    assert all(asked.cancelled or asked.answer.done() for asked in editor.engine.asked)


def _befall(editor: Editor, event: str, data: st.DataObject) -> None:
    waiting = [asked for asked in editor.engine.asked if not asked.answer.done()]
    match event:
        case "open":
            editor.text = "x = "
            editor.session.open(A, "python", 1, editor.text)
        case "close":
            editor.session.close(A)
        case "type":
            editor.type(data.draw(st.sampled_from(["f", "o", "(", "\n"])))
        case "backspace" if editor.text:
            editor.backspace()
        case "answer" if waiting:
            waiting[-1].answer.set_result(completed(data.draw(st.sampled_from(["foo(", "f", ""]))))
        case "configure":
            editor.session.configure(data.draw(st.sampled_from([PATIENT, Settings(enabled=False)])))
        case "grow" if editor.engine.asked:
            data.draw(st.sampled_from(editor.engine.asked)).grown(completed("foo(bar)"))
        case "move":
            editor.session.move(A, Position(0, data.draw(st.integers(0, 4))))
        case "fail" if waiting:
            waiting[-1].answer.set_exception(EngineLost("it died"))
