r"""What of the model's text is shown: it is only ever cut short, so that what stays is what the model said.

Invariant: what `present` leaves is a beginning of the model's text, not whitespace alone; the same text typed by hand
leads through it (`reuse` keeps the text uncut). Only `insertion` writes the document's own line endings.

What is cut: what stands right of the cursor already, brackets that are closed there, a string whose closing quote
stands right at the cursor, lines that follow already, lines that leave the scope of the cursor, whitespace at the end,
and all from a U+FFFD on: it stands for what the model could not read, and nobody wants it written.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from engine.messages import Shape
    from lsp.context.window import Popup, Window
    from lsp.document import Document, Place

TELLING_CHARACTERS = 4
"""A whole line shorter than this (a bracket, `pass`' rest) may well stand twice in a row."""

REPLACEMENT = "\ufffd"

_PAIRS = {"(": ")", "[": "]", "{": "}"}
_string = re.compile(
    r"(?<=[<&])'\w+\b(?!')(?:, *'\w+\b(?!'))*|'(?:static|_)\b(?!')"  # Rust's lifetimes are no strings
    r"|(?<=\w)(?<!\b[bfruBFRUL])(?<!\b[bfruBFRU]{2})'"  # nor are apostrophes; f'..' and its like are
    r"|(?P<quote>(?P<mark>[\"'`])(?:(?P=mark){2})?)(?:\\.|(?!(?P=quote))[^\\])*(?P<end>(?P=quote))?",
    re.DOTALL,
)
_line_ending = re.compile(r"\r\n?|\n")
_word_character = re.compile(r"\w")
_closing_line = re.compile(r"\s*[)\]}]+[;,)]*\s*")


class Presented(NamedTuple):
    """What is worth showing, empty for nothing, and the rules that cut it, in the order in which they did."""

    text: str
    rules: tuple[str, ...] = ()


class Insertion(NamedTuple):
    """Text to put where start..end is; both lie on one line."""

    text: str
    start: Place
    end: Place


def present(text: str, around: Window, shape: Shape) -> Presented:
    """Cut the model's text down to what is worth showing here."""
    rules: list[str] = []
    for rule, cut in _cuts(around, shape):
        shorter = cut(text)
        if shorter != text:
            rules.append(rule)
            text = shorter
    return Presented(text if text.strip() else "", tuple(rules))


def _cuts(around: Window, shape: Shape) -> Iterator[tuple[str, Callable[[str], str]]]:
    """Name the rules that hold at a place, in their order, each with what it does to a text."""
    yield "what cannot be read as text is not shown", lambda text: text.partition(REPLACEMENT)[0]
    if shape == "line" or around.line_after.strip():
        yield "one line is shown here", lambda text: _line_ending.split(text, maxsplit=1)[0]
    quote = _open_quote(around.line_before)
    if quote and around.line_after.startswith(quote):
        yield "the string is closed right of the cursor", lambda text: _until_quote(text, quote)
    else:
        yield "the bracket is closed right of the cursor", lambda text: _until_bracket(text, around.line_after)
        yield (
            "its end stands right of the cursor already",
            lambda text: _without_overlap(text, around.line_after.rstrip()),
        )
    yield "lines outside of the cursor's scope are not shown", lambda text: _within_scope(text, around)
    yield "the lines below say so already", lambda text: _without_following(text, around)
    if not around.line_after.strip():
        yield "white space at the end is not shown", str.rstrip


def unfiltered(text: str) -> Presented:
    """Give the model's text as it is, for measuring what cutting is worth; empty when it is whitespace alone."""
    return Presented(text if text.strip() else "")


def insertion(text: str, document: Document, cursor: Place, popup: Popup | None = None) -> Insertion:
    """Say what the editor is to insert: with the document's line endings, and from the popup's entry on."""
    text = document.newline.join(_line_ending.split(text))
    return Insertion(popup.text + text, popup.start, popup.end) if popup else Insertion(text, cursor, cursor)


def _until_quote(text: str, quote: str) -> str:
    """Stop before the quote that ends the string, which stands right of the cursor already; an escaped one does not."""
    inside = re.match(rf"(?:\\.|(?!{quote})[^\\])*", text, re.DOTALL)
    return inside.group() if inside else ""


def _until_bracket(text: str, after: str) -> str:
    """Stop before the bracket that stands right of the cursor already."""
    closer = next((after[at] for at in _brackets(after).unmatched), "")
    return text[: next((at for at in _brackets(text).unmatched if text[at] == closer), len(text))]


def _open_quote(before: str) -> str:
    """Find the quote, single or tripled, of the string that the cursor stands in; empty outside of strings."""
    return next((found["quote"] for found in _string.finditer(before) if found["quote"] and not found["end"]), "")


class _Brackets(NamedTuple):
    """Where the brackets stand that close nothing in a text, and how many it leaves open."""

    unmatched: list[int]
    left_open: int


def _brackets(text: str) -> _Brackets:
    """Match a text's brackets outside of its strings; a quote that is not closed again is an apostrophe."""
    due: list[str] = []
    unmatched: list[int] = []
    strings_end = 0
    for at, character in enumerate(text):
        if at < strings_end:
            continue
        if found := _string.match(text, at):
            strings_end = found.end() if found["end"] or not found["quote"] else found.end("quote")
        elif character in _PAIRS:
            due.append(_PAIRS[character])
        elif character in ")]}" and (not due or due.pop() != character):
            unmatched.append(at)
    return _Brackets(unmatched, len(due))


def _without_overlap(text: str, after: str) -> str:
    """Drop the longest end of the text that stands right of the cursor; no word or pair of brackets is cut in two."""
    for length in range(min(len(text), len(after)), 0, -1):
        kept = text[:-length]
        if (
            text.endswith(after[:length])
            and not _cuts_a_word(text, len(kept))
            and not _cuts_a_word(after, length)
            and _brackets(kept).left_open <= _brackets(text).left_open
        ):
            return kept
    return text


def _cuts_a_word(text: str, at: int) -> bool:
    return 0 < at < len(text) and bool(_word_character.match(text[at - 1]) and _word_character.match(text[at]))


def _within_scope(text: str, around: Window) -> str:
    """Keep the lines until one is indented less than the first; a closing bracket on such a line still belongs."""
    first, *rest = text.split("\n")
    least = _indent(around.line_before + first)
    for count, line in enumerate(rest, start=1):
        if line.strip() and _indent(line) < least:
            keep = count + 1 if _closing_line.fullmatch(line) else count
            return "\n".join([first, *rest][:keep])
    return text


def _indent(line: str) -> int:
    line = line.expandtabs(4)
    return len(line) - len(line.lstrip())


def _without_following(text: str, around: Window) -> str:
    """Drop the lines from which on the text says what the lines below the cursor say already."""
    below = [line.rstrip() for line in around.lines_below if line.strip()]
    if not below or around.line_after.strip():
        return text
    lines = text.split("\n")
    for start in range(len(lines)):
        shown = [line.rstrip() for line in lines[start:] if line.strip()]
        if start == 0:
            shown[:1] = [(around.line_before + lines[0]).rstrip()]
        if _repeats(shown, below, whole_line=start == 0):
            return "\n".join(lines[:start])
    return text


def _repeats(shown: list[str], below: list[str], *, whole_line: bool) -> bool:
    same = 0
    for line, existing in zip(shown, below, strict=False):
        if line != existing:
            break
        same += 1
    if not same or (whole_line and len(shown[0].strip()) < TELLING_CHARACTERS):
        return False
    return same == len(shown) or same > 1
