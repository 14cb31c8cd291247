from __future__ import annotations

from lsp.context.clipped import LEAST_CHARACTERS, MOST_CHARACTERS, MOST_CLIPS, Clipped
from lsp.context.recent import LINES_ABOVE, LINES_BELOW, MOST_PLACES, Recent
from lsp.document import Document, Position


def document_of(text: str) -> Document:
    return Document("file:///w/a.py", "python", 0, text, "utf-16")


LINES = "".join(f"line {number}\n" for number in range(1000))


def test_the_latest_places_elsewhere_come_first_and_none_is_near_another() -> None:
    a, b = document_of(LINES), document_of(LINES)
    recent = Recent()
    for line in (10, 100, 12, 500):
        recent.visited(a, line)
    recent.visited(b, 3)
    assert [visit.line for visit in recent.elsewhere(b)] == [500, 12, 100]
    assert [visit.document for visit in recent.elsewhere(a)] == [b]
    recent.forget(b)
    assert list(recent.elsewhere(a)) == []


def test_a_place_is_the_lines_around_it_as_they_are_now() -> None:
    document = document_of(LINES)
    recent = Recent()
    recent.visited(document, 100)
    (visit,) = recent.elsewhere(document_of(""))
    assert visit.text == "".join(f"line {number}\n" for number in range(100 - LINES_ABOVE, 101 + LINES_BELOW))
    recent.edited(document, document.replace(Position(10, 0), Position(10, 0), "new\n" * 20))
    places = {visit.line: visit.text for visit in recent.elsewhere(document_of(""))}
    assert sorted(places) == [30, 120]
    assert "line 100\n" in places[120]


def test_places_are_bounded_and_a_new_text_has_none_of_the_old() -> None:
    document = document_of(LINES)
    recent = Recent()
    for line in range(0, 990, 20):
        recent.visited(document, line)
    assert [visit.line for visit in recent.elsewhere(document_of(""))] == list(range(980, 0, -20))[:MOST_PLACES]
    recent.edited(document, document.replace_all("x"))
    assert list(recent.elsewhere(document_of(""))) == []


def test_clips_are_few_of_bounded_size_and_no_keystrokes() -> None:
    document = document_of("")
    clipped = Clipped()
    for text in ("x", " " * 100, "y" * (LEAST_CHARACTERS - 1)):
        clipped.add(document, text)
    assert clipped.latest() == ()
    for number in range(MOST_CLIPS + 2):
        clipped.add(document, f"def function_number_{number}(argument): ...\n")
    clipped.add(document, "a line of some length\n" * 100)
    clips = clipped.latest()
    assert len(clips) == MOST_CLIPS
    assert clips[0].text.endswith("length\n")
    assert len(clips[0].text) <= MOST_CHARACTERS
    clipped.forget(document)
    assert clipped.latest() == ()
