"""What a session can say of its latest requests."""

from __future__ import annotations

import math

import msgspec
from support.editing import PATIENT, A, Editor, saying
from support.scripted import ScriptedEngine, completed

from engine.messages import Alternative
from lsp.acceptance.model import card
from lsp.document import Position
from lsp.explanation import Context, Explanation, Part
from lsp.history import MOST
from lsp.narration import narrate
from lsp.plan import Request


def explained(editor: Editor) -> Explanation:
    told = editor.session.explanation()
    assert told is not None
    return told


async def test_a_suggestion_is_explained_with_all_that_it_came_from() -> None:
    says = msgspec.structs.replace(completed("foo) + 1"), log_probabilities=(-0.1, -0.2))
    editor = Editor("a\nprint()", ScriptedEngine(says=says))
    suggestion = await editor.session.suggest(Request(A, Position(1, 6), explicit=False))
    assert suggestion is not None
    told = explained(editor)
    assert told == editor.session.explanation(suggestion.provenance.id)
    assert (told.document, told.line, told.column, told.explicit, told.reason) == (A, 1, 6, False, "")
    assert (told.kind, told.shape, told.source, told.model, told.device) == ("rest", "line", "engine", "m", "d")
    assert told.context == Context(
        parts=(Part("before the cursor", 8, 2), Part("after the cursor", 0, 1)),
        popup_characters=0,
        left_out_characters=1,
    )
    (candidate,) = told.candidates
    assert (candidate.said, candidate.shown, candidate.id) == ("foo) + 1", "foo", suggestion.provenance.id)
    assert candidate.rules == ("the bracket is closed right of the cursor",)
    assert told.log_probabilities == (-0.1, -0.2)
    assert told.timings.decode_ms == 2.0


async def test_the_page_says_it_in_words() -> None:
    says = msgspec.structs.replace(completed("foo) ```"), log_probabilities=(0.0, math.log(0.5)))
    editor = Editor("print()", ScriptedEngine(says=says))
    await editor.session.suggest(Request(A, Position(0, 6), explicit=False))
    page = narrate(explained(editor))
    for line in (
        "# Tandem at line 1, column 7",
        "- Asked for: the rest of a line; it came by itself.",
        "- Left out: 1 closing characters right of the cursor.",
        "````\nfoo) ```\n````",
        "- Cut: the bracket is closed right of the cursor.",
        "```\nfoo\n```",
        "in %: 100, 50.",
        "| decode | 2.0 |",
    ):
        assert line in page


async def test_what_was_hidden_is_explained_too() -> None:
    editor = Editor("x = ", saying("one ", confidence=0.001))
    editor.session.configure(msgspec.structs.replace(PATIENT, eagerness="quiet"))
    assert await editor.ask() is None
    told = explained(editor)
    assert told.reason == "it is not likely enough to be accepted"
    assert (told.eagerness, told.least_probability) == ("quiet", card().least("quiet"))
    (candidate,) = told.candidates
    assert (candidate.said, candidate.shown, candidate.hidden) == ("one ", "", told.reason)
    assert candidate.probability is not None
    assert candidate.features is not None
    assert candidate.probability == card().weights_for("m").probability(candidate.features)
    page = narrate(told)
    assert f"- Nothing was shown: {told.reason}." in page
    chance, least = (f"{100 * each:.1f} %" for each in (candidate.probability, card().least("quiet")))
    assert (
        f'- Accepted as it stands with a probability of {chance}; shown from {least} on (`eagerness` is "quiet").'
        in page
    )


async def test_every_candidate_is_explained() -> None:
    others = tuple(Alternative(text, 1, "line", 0.1) for text in ("two", "two  ", "three"))
    editor = Editor("x = ", ScriptedEngine(says=msgspec.structs.replace(completed("one"), others=others)))
    editor.session.configure(msgspec.structs.replace(PATIENT, candidates=4))
    suggestion = await editor.ask(explicit=True)
    assert suggestion is not None
    told = explained(editor)
    assert [each.shown for each in told.candidates] == ["one", "two", "", "three"]
    assert told.candidates[2].hidden == "another candidate comes to the same"
    assert editor.session.explanation(suggestion.others[1].provenance.id) == told


async def test_where_the_model_was_not_asked_the_reason_is_all() -> None:
    editor = Editor("x = ", uri="file:///w/.env")
    assert await editor.ask(explicit=True) is None
    told = explained(editor)
    assert "excluded by the pattern .env" in told.reason
    assert (told.context, told.kind, told.candidates) == (None, None, ())


async def test_typing_through_is_told_as_such() -> None:
    editor = Editor("x = ", saying("foo"))
    await editor.ask()
    editor.type("f")
    await editor.ask()
    told = explained(editor)
    assert (told.source, told.typed_characters, told.candidates[0].said) == ("typed-through", 1, "oo")


async def test_the_latest_at_a_place_is_found_and_nothing_elsewhere() -> None:
    editor = Editor("x = ", saying("1"))
    await editor.ask()
    editor.type("2\ny = ")
    await editor.ask()
    session = editor.session
    first = session.explanation(uri=A, position=Position(0, 4))
    assert first is not None
    assert first.line == 0
    assert session.explanation(uri=A) == explained(editor)
    assert session.explanation(uri=A, position=Position(5, 0)) is None
    assert session.explanation(uri="file:///b.py") is None
    assert session.explanation("nobody's") is None


async def test_a_request_that_was_overtaken_is_not_in_the_history() -> None:
    editor = Editor("x = ")
    older = editor.ask()
    await editor.asked(1)
    editor.type("y")
    newer = editor.ask()
    await older
    assert editor.session.explanation() is None
    await editor.asked(2)
    editor.engine.asked[1].answer.set_result(completed("z"))
    await newer
    assert explained(editor).column == 5


async def test_nothing_outlives_its_document_and_the_history_is_bounded() -> None:
    editor = Editor("x = ", saying("1"))
    first = await editor.ask()
    assert first is not None
    for _ in range(MOST):
        await editor.ask()
    assert editor.session.explanation(first.provenance.id) is None
    editor.session.close(A)
    assert editor.session.explanation() is None
