from __future__ import annotations

from lsp.context.clipped import LEAST_CHARACTERS, MOST_CLIPS, Clipped
from lsp.document import Document

HERE = Document("file:///a.py", "python", 1, "", "utf-16")


def texts(clipped: Clipped) -> list[str]:
    return [clip.text for clip in clipped.latest()]


def test_the_latest_are_given_and_short_ones_are_none() -> None:
    clipped = Clipped()
    long = [letter * LEAST_CHARACTERS for letter in "abcde"]
    for text in [*long, "short", long[3]]:
        clipped.add(HERE, text)
    assert texts(clipped) == [long[3], long[4], long[2]][:MOST_CLIPS]
    clipped.forget(HERE)
    assert texts(clipped) == []


def test_a_suggestion_that_was_taken_is_no_clip_and_takes_no_others_place() -> None:
    clipped = Clipped()
    long = [letter * LEAST_CHARACTERS for letter in "abc"]
    for text in [*long, "t" * LEAST_CHARACTERS]:
        clipped.add(HERE, text)
    clipped.taken("t" * LEAST_CHARACTERS + "t")
    assert texts(clipped) == long[::-1]
