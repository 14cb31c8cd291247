from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace
from support.editing import PATIENT, A, Editor, saying
from support.scripted import READY, ScriptedEngine, completed

from engine.errors import EngineDown, EngineLost
from engine.messages import Timings
from lsp.document import Change, Position
from lsp.plan import Request, Selected
from lsp.session import MARGIN_MS
from lsp.settings import Settings
from lsp.status import Counts
from lsp.suggestion import Suggestion

if TYPE_CHECKING:
    from engine.messages import Stop
    from lsp.settings import Eagerness


async def test_a_suggestion_carries_where_it_comes_from() -> None:
    editor = Editor("x = ", saying("1"))
    suggestion = await editor.ask()
    assert suggestion is not None
    assert suggestion[:3] == ("1", Position(0, 4), Position(0, 4))
    account = suggestion.provenance
    assert (account.source, account.model, account.device, account.document) == ("engine", "m", "d", A)
    assert (account.tokens, account.stop, account.confidence, account.timings.decode_ms) == (3, "line", 0.9, 2.0)
    assert editor.counts == Counts(requests=1, shown=1)


@pytest.mark.parametrize(("eagerness", "outcome"), [("everything", "shown"), ("nothing", "empty")])
async def test_what_the_device_took_is_told_whatever_came_of_it(eagerness: Eagerness, outcome: str) -> None:
    timings = Timings(queue_ms=1.0, decode_ms=25.0, device_ms=20.0, simulated_ms=4.0)
    editor = Editor("x = ", ScriptedEngine(says=replace(completed("1"), timings=timings)))
    editor.session.configure(replace(PATIENT, eagerness=eagerness))
    await editor.ask()
    assert (editor.last.outcome, editor.last.device_ms, editor.last.simulated_ms) == (outcome, 21.0, 4.0)


async def test_what_the_engine_before_says_is_its_own_and_not_kept_for_the_next() -> None:
    editor = Editor("x = ")
    asking = editor.ask()
    await editor.asked(1)
    assert READY.ready is not None
    editor.engine.status = replace(READY, ready=replace(READY.ready, model="n"))
    editor.session.engine_is_ready(moved=True)
    editor.engine.asked[0].answer.set_result(completed("1", stop="deadline"))
    suggestion = await asking
    assert suggestion is not None
    assert (suggestion.text, suggestion.provenance.model) == ("1", "m")
    editor.engine.asked[0].grown(completed("1 + 2"))
    assert editor.grown == []
    asking = editor.ask()
    await editor.asked(2)
    editor.engine.asked[1].answer.set_result(completed("3"))
    suggestion = await asking
    assert suggestion is not None
    assert (suggestion.text, suggestion.provenance.model) == ("3", "n")


async def test_figures_are_those_of_the_engine_that_is_there() -> None:
    timings = Timings(decode_ms=25.0, simulated_ms=4.0)
    editor = Editor("x = ")
    assert READY.ready is not None
    editor.engine.status = replace(READY, ready=replace(READY.ready, simulated_step_ms=0.5))
    asking = editor.ask()
    await editor.asked(1)
    editor.now_s = 0.3
    editor.engine.asked[0].answer.set_result(replace(completed("1"), timings=timings))
    await asking
    report = editor.session.report()
    assert report.simulated is not None
    assert (report.latency_ms.p50, report.simulated.p50_ms) == (300.0, 4.0)
    editor.session.engine_is_ready()  # the same once more, after its death
    assert editor.session.report() == report
    editor.session.engine_is_ready(moved=True)
    report = editor.session.report()
    assert report.simulated is not None
    assert (report.latency_ms.p50, report.simulated.p50_ms, report.counts.shown) == (0.0, 0.0, 1)


async def test_a_request_that_needs_no_engine_took_nothing_of_the_device() -> None:
    timings = Timings(decode_ms=25.0, device_ms=20.0, simulated_ms=4.0)
    editor = Editor("x = ", ScriptedEngine(says=replace(completed("12"), timings=timings)))
    await editor.ask()
    editor.type("1")
    assert await editor.text_for() == "2"
    assert (editor.last.outcome, editor.last.device_ms, editor.last.simulated_ms) == ("shown", 0.0, None)


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
    editor.session.configure(Settings(deadline_ms=0, cold_deadline_ms=0, eagerness="everything"))
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


async def test_an_automatic_suggestion_must_be_likely_enough_and_an_explicit_one_need_not() -> None:
    editor = Editor("x = ", saying("one"))
    editor.session.configure(replace(PATIENT, eagerness="nothing"))
    assert await editor.text_for() == ""
    assert editor.last.reason == "it is not likely enough to be accepted"
    assert await editor.text_for(explicit=True) == "one"
    assert len(editor.engine.asked) == 1


async def test_an_explicit_request_does_not_make_do_with_half_an_answer() -> None:
    editor = Editor("x = ", saying("hal", stop="deadline"))
    assert await editor.text_for() == "hal"
    editor.engine.says = completed("half_an_answer")
    assert await editor.text_for(explicit=True) == "half_an_answer"
    assert await editor.text_for() == "half_an_answer"
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


async def test_moving_away_from_a_removal_ends_its_silence() -> None:
    editor = Editor("x = 1", saying("1"))
    editor.backspace()
    editor.session.move(A, editor.cursor)
    assert await editor.text_for() == ""
    editor.session.move(A, Position(0, 0))
    editor.session.move(A, editor.cursor)
    assert await editor.text_for() == "1"


async def test_the_report_says_when_decoding_starts_and_why() -> None:
    editor = Editor("x = ")
    assert editor.session.report().power.decodes == "at keys"
    editor.session.configure(replace(PATIENT, power="eco"))
    assert editor.session.report().power.decodes == "at requests"


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


@pytest.mark.parametrize(("filters", "suffix", "shown"), [(True, "\n", "1"), (False, ")\n", "1) + 2")])
async def test_without_filters_the_model_reads_and_says_all(filters: bool, suffix: str, shown: str) -> None:
    editor = Editor("print()\n", saying("1) + 2"))
    editor.session.configure(replace(PATIENT, filters=filters))
    suggestion = await editor.session.suggest(Request(A, Position(0, 6), explicit=False))
    assert suggestion is not None
    assert suggestion.text == shown
    assert editor.engine.asked[0].request.suffix == suffix
