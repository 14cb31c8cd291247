"""What becomes of accepted suggestions, as a session counts it; time goes by when a test says so."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import msgspec
import pytest
from support.editing import PATIENT, TODAY, A, Editor, saying
from support.scripted import completed

from lsp.document import Change, Position
from lsp.tally import counter
from lsp.tally.page import Figures, Row
from lsp.tally.store import Store, Unavailable

if TYPE_CHECKING:
    from pathlib import Path

    from lsp.suggestion import Suggestion


@pytest.fixture(autouse=True)
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Begin with no statistics."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))


async def offered(editor: Editor) -> Suggestion:
    suggestion = await editor.ask()
    assert suggestion is not None
    return suggestion


async def take(editor: Editor) -> None:
    """Accept what is suggested, as VS Code does: the text first."""
    suggestion = await offered(editor)
    editor.type(suggestion.text)
    editor.session.accepted(suggestion.provenance.id)


async def counted(editor: Editor) -> Figures:
    """What the file has when the server has ended."""
    await editor.tally.finish()
    total = Figures()
    for row in Store().read().rows:
        total.add(row.figures)
    return total


async def test_what_stays_is_retained_and_kept_by_language_and_kind() -> None:
    editor = Editor("def f():\n    x = ", saying("foo(bar)"))
    await take(editor)
    editor.timers.go(130)
    await editor.tally.finish()
    figures = Figures(shown=1, accepted=1, retained_30_s=1, retained_120_s=1)
    assert Store().read().rows == (Row(day=TODAY, language="python", kind="rest", figures=figures),)


async def test_small_edits_leave_it_retained_and_others_do_not() -> None:
    editor = Editor("x = ", saying("foo(bar, baz)"))
    await take(editor)
    editor.session.change(A, 2, [Change("b", Position(0, 8), Position(0, 9))])
    editor.session.change(A, 2, [Change("import foo\n\n", Position(0, 0), Position(0, 0))])
    editor.timers.go(31)
    editor.session.change(A, 2, [Change("", Position(2, 4), Position(2, 14))])
    editor.timers.go(100)
    assert await counted(editor) == Figures(shown=1, accepted=1, retained_30_s=1, changed_120_s=1)


async def test_the_command_may_come_before_the_text() -> None:
    editor = Editor("x = ", saying("foo(bar)"))
    suggestion = await offered(editor)
    editor.session.accepted(suggestion.provenance.id)
    editor.type(suggestion.text)
    editor.timers.go(31)
    assert await counted(editor) == Figures(shown=1, accepted=1, retained_30_s=1)


async def test_of_a_text_that_never_came_nothing_is_known() -> None:
    editor = Editor("x = ", saying("foo(bar)"))
    suggestion = await offered(editor)
    editor.session.accepted(suggestion.provenance.id)
    editor.type("other")
    editor.backspace()
    editor.timers.go(130)
    assert await counted(editor) == Figures(shown=1, accepted=1)


async def test_closing_the_document_leaves_it_unknown() -> None:
    editor = Editor("x = ", saying("foo(bar)"))
    await take(editor)
    editor.timers.go(31)
    editor.session.close(A)
    editor.timers.go(100)
    assert await counted(editor) == Figures(shown=1, accepted=1, retained_30_s=1)


async def test_what_typing_left_is_not_shown_once_more() -> None:
    editor = Editor("x = ", saying("foo(bar)"))
    await offered(editor)
    editor.type("foo")
    await take(editor)
    editor.timers.go(31)
    assert await counted(editor) == Figures(shown=1, accepted=1, retained_30_s=1)


@pytest.mark.parametrize("shown", ["one", ""])
async def test_what_grows_is_shown_once_and_asking_again_shows_nothing_new(shown: str) -> None:
    editor = Editor("x = ", saying(shown, stop="deadline"))
    await editor.text_for()
    editor.engine.asked[0].grown(completed("one + two"))
    assert await editor.text_for() == await editor.text_for() == "one + two"
    editor.type("one")
    assert await editor.text_for() == " + two"
    assert (await counted(editor)).shown == 1


async def test_an_id_that_nobody_knows_counts_for_nothing() -> None:
    editor = Editor("x = ", saying("1"))
    editor.session.accepted("nobody's")
    assert await counted(editor) == Figures()
    assert editor.counts.accepted == 1


async def test_switched_off_nothing_is_counted_and_nothing_written() -> None:
    editor = Editor("x = ", saying("foo(bar)"))
    editor.session.configure(msgspec.structs.replace(PATIENT, statistics=False))
    await take(editor)
    editor.timers.go(130)
    await editor.tally.finish()
    assert not Store().path.parent.exists()


async def test_switching_off_stops_following() -> None:
    editor = Editor("x = ", saying("foo(bar)"))
    await take(editor)
    editor.session.configure(msgspec.structs.replace(PATIENT, statistics=False))
    editor.timers.go(130)
    assert await counted(editor) == Figures(shown=1, accepted=1)


async def test_figures_are_written_while_the_server_lives() -> None:
    editor = Editor("x = ", saying("foo(bar)"))
    await take(editor)
    assert not Store().path.exists()
    editor.timers.go(counter.WRITE_S)
    await asyncio.gather(*(task for task in asyncio.all_tasks() if task is not asyncio.current_task()))
    assert Store().read().rows[0].figures.accepted == 1


async def test_what_cannot_be_written_waits_and_disturbs_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    editor = Editor("x = ", saying("foo(bar)"))
    with monkeypatch.context() as patch:

        def full(*_: object) -> None:
            raise Unavailable("No space left on device")

        patch.setattr(Store, "add", full)
        await take(editor)
        await editor.tally.finish()
    editor.type("\ny = ")
    await take(editor)
    assert await counted(editor) == Figures(shown=2, accepted=2)
