"""What of the model's text is shown: it is only ever cut short, so that what stays is what the model said.

Invariant: what `present` leaves is a beginning of the model's text, not whitespace alone; the same text typed by hand
leads through it (`reuse` keeps the text uncut). A rule is a sentence that says why, and a pure function of a text.

The rules come in this order: what the model wrote that is no text, how much is asked for here, what stands right of the
cursor, what the lines around say already, what does not fit the indentation, and what is left when all that is gone.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from lsp.present import indentation, marks, repetition, surroundings
from lsp.present.brackets import open_quote
from lsp.present.expression import without_half
from lsp.text import first_line

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from engine.messages import Shape
    from lsp.context.window import Window


class Rule(NamedTuple):
    """Why a text is cut, in words, and how."""

    reason: str
    cut: Callable[[str], str]


class Presented(NamedTuple):
    """What is worth showing, empty for nothing, and the rules that cut it, in the order in which they did."""

    text: str
    rules: tuple[str, ...] = ()


def present(text: str, around: Window, shape: Shape, language: str = "", *, fresh: bool = True) -> Presented:
    """Cut the model's text down to what is worth showing here; it is not fresh if typing led into it."""
    applied: list[str] = []
    for rule in rules_at(around, shape, language, fresh=fresh):
        shorter = rule.cut(text)
        if shorter != text:
            applied.append(rule.reason)
            text = shorter
    return Presented(text if text.strip() else "", tuple(applied))


def unfiltered(text: str) -> Presented:
    """Give the model's text as it is, for measuring what cutting is worth; empty when it is whitespace alone."""
    return Presented(text if text.strip() else "")


def rules_at(around: Window, shape: Shape, language: str, *, fresh: bool = True) -> Iterator[Rule]:
    """Name the rules that hold at a place, in their order."""
    yield Rule("what cannot be read as text is not shown", marks.until_replacement)
    yield Rule("the model's own marks are not shown", lambda text: marks.until_special(text, around))
    if shape == "line" or around.line_after.strip():
        yield Rule("one line is shown here", first_line)
    yield from _beside(around)
    yield Rule("the lines below say so already", lambda text: surroundings.without_following(text, around))
    yield Rule("the line above says so already", lambda text: repetition.unless_above(text, around))
    yield Rule("it repeats itself", lambda text: repetition.until_repeated(text, around))
    yield Rule("a comment is to come to an end", lambda text: repetition.until_endless(text, around))
    yield Rule("lines outside of the cursor's scope are not shown", lambda text: indentation.in_scope(text, around))
    yield Rule("it is indented in another way than the file", lambda text: indentation.alike(text, around))
    if language == "python":
        yield Rule("its indentation fits no block", lambda text: indentation.in_blocks(text, around))
        yield Rule("its last line is half an expression", lambda text: without_half(text, around))
    if not around.line_after.strip():
        yield Rule("white space at the end is not shown", str.rstrip)
    if fresh:  # else they are what typing has left of a suggestion that is on screen
        yield Rule("closing brackets alone are the editor's to type", marks.unless_closers)


def _beside(around: Window) -> Iterator[Rule]:
    """Name the rules about what stands right of the cursor, which may be a string that is closed there."""
    after = around.line_after
    quote = open_quote(around.line_before)
    if quote and after.startswith(quote):
        yield Rule("the string is closed right of the cursor", lambda text: surroundings.until_quote(text, quote))
        return
    yield Rule("the bracket is closed right of the cursor", lambda text: surroundings.until_bracket(text, after))
    yield Rule("it closes another bracket than is open", lambda text: surroundings.until_mismatch(text, around))
    yield Rule(
        "its end stands right of the cursor already",
        lambda text: surroundings.without_overlap(text, after.rstrip()),
    )
