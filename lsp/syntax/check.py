r"""Whether a suggestion leaves its document parsing, and how much of it does.

Invariant: nothing is hidden because time ran out, because a language is not known, or because the document was broken
before; only ever whole lines are cut off.

The rule. Be `errors(text)` how many pieces of a text the parser had to skip or to make up. A suggestion is fine if,
inserted, it leaves no errors. Otherwise it is compared with the best that its surroundings can be: the fewest errors
of the document as it is, without the part of the cursor's line that is being typed, or with up to three brackets closed
at the cursor. The suggestion is fine if the document with it, with it and one of the tails that may follow it on the
next line (`tails`), or with it and its own brackets closed, has no more errors than that. Where other text stands to
the right of the cursor, only brackets that the suggestion itself opens at its end may be left to close. So `if x:`,
`f(a,` and `try {` are fine, which await their rest; `f(a))`, a stray quote and `x = a +` at a line's end in Python are
not. In a document that is broken elsewhere, it is also fine if no more errors begin on its own lines than at best.

Where the whole of a suggestion is not fine, its beginnings are tried, line by line from the longest.
"""

from __future__ import annotations

import logging
import time
from typing import TYPE_CHECKING, NamedTuple

from lsp.present.brackets import PAIRS, brackets
from lsp.syntax.grammars import grammar
from lsp.syntax.tails import tails
from lsp.syntax.tree import OutOfTime, Parsed
from lsp.text import indent, with_newlines

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lsp.context.window import Popup
    from lsp.document import Document, Place

logger = logging.getLogger(__name__)

LARGEST_CHARACTERS = 400_000  # some ten thousand lines
BUDGET_S = 0.008
READING_S = 0.05
"""How long a check may take, and how long the first look at a document, while the engine is at work anyway."""

SIGHT_CHARACTERS = 4_000  # before the cursor: what is looked at for brackets that are open
MOST_LINES = 12  # of a suggestion: beginnings that are tried
MOST_CLOSED = 3

_PREPROCESSED = frozenset({"c", "cpp"})
"""Where errors may be macros, which no grammar knows, a document that has any is not judged."""

_LONG_QUOTES = ('"""', "'''", "`")
_COMMENTS = {"/*": "*/", "<!--": "-->", "[[": "]]"}


class Hole(NamedTuple):
    """A document cut in two where something is to be inserted."""

    before: str
    after: str

    @property
    def line_before(self) -> str:
        """What stands left of the cursor on its line."""
        return self.before[self.before.rfind("\n") + 1 :]

    @property
    def line_after(self) -> str:
        """What stands right of the cursor on its line."""
        return self.after.partition("\n")[0]

    def span(self, text: str) -> tuple[int, int]:
        """Say from where to where, in bytes, the lines go that a text in the hole makes."""
        start = len(self.before) - len(self.line_before)
        lines = self.line_before + text + self.line_after
        first = len(self.before[:start].encode("utf-8", "replace"))
        return first, first + len(lines.encode("utf-8", "replace"))

    def filled(self, *pieces: str) -> bytes:
        """Put pieces into the hole."""
        return "".join((self.before, *pieces, self.after)).encode("utf-8", "replace")


def hole_at(document: Document, cursor: Place, popup: Popup | None = None) -> Hole:
    """Cut a document at a cursor, with the selected entry of a popup in place."""
    start, end, chosen = popup or (cursor, cursor, "")
    lines = document.lines
    before = "".join(lines[: start.line]) + lines[start.line][: start.character] + chosen
    after = lines[end.line][end.character :] + "".join(lines[end.line + 1 :])
    return Hole(with_newlines(before), with_newlines(after))


class _Best(NamedTuple):
    """The fewest errors that a suggestion's surroundings can have, and how many brackets are to be closed for that.

    `here` is how many of them begin on the cursor's line.
    """

    errors: int
    closed: int
    here: int


class Syntax:
    """One document's syntax, read anew when it has changed."""

    def __init__(self, language: str) -> None:
        self._language = language
        self._parsed: Parsed | None = None
        self._known: tuple[bytes, int, _Best] | None = None

    def read(self, hole: Hole) -> None:
        """Look at a document ahead of a check, for as long as that may take."""
        parsed = self._grammar(hole)
        if parsed is not None:
            try:
                parsed.read(hole.filled(), time.perf_counter() + READING_S)
            except OutOfTime:
                logger.debug("a document took longer to parse than %g s", READING_S)

    def whole(self, hole: Hole, text: str, budget_s: float = BUDGET_S) -> str:
        """Give the longest beginning of a text, by lines, that breaks nothing; empty where there is none."""
        parsed = self._grammar(hole)
        if parsed is None:
            return text
        until_s = time.perf_counter() + budget_s
        try:
            parsed.read(hole.filled(), until_s)
            return next((piece for piece in _pieces(text) if self._fine(parsed, hole, piece, until_s)), "")
        except OutOfTime:
            logger.debug("a check took longer than %g s", budget_s)
            return text

    def _grammar(self, hole: Hole) -> Parsed | None:
        if len(hole.before) + len(hole.after) > LARGEST_CHARACTERS:
            return None
        if self._parsed is None and (language := grammar(self._language)) is not None:
            self._parsed = Parsed(language)
        return self._parsed

    def _fine(self, parsed: Parsed, hole: Hole, text: str, until_s: float) -> bool:
        if not text.strip() or parsed.errors(hole.filled(text), until_s).count == 0:
            return True
        best = self._best(parsed, hole, until_s)
        if best.errors and self._language in _PREPROCESSED:
            return True
        start, end = hole.span(text)
        for ending in ("", *_endings(hole, text, self._language, best.closed)):
            errors = parsed.errors(hole.filled(text, ending), until_s)
            if errors.count <= best.errors or (best.errors and errors.within(start, end) <= best.here):
                return True
        return False

    def _best(self, parsed: Parsed, hole: Hole, until_s: float) -> _Best:
        document, at = hole.filled(), len(hole.before)
        if self._known and self._known[:2] == (document, at):
            return self._known[2]
        errors = parsed.errors(document, until_s)
        best = _Best(errors.count, 0, errors.within(*hole.span("")))
        for closed, text in _surroundings(hole):
            if best.errors == 0:
                break
            fewer = parsed.errors(text, until_s).count
            if fewer < best.errors:
                best = _Best(fewer, closed, max(best.here - (best.errors - fewer), 0))
        self._known = (document, at, best)
        return best


def _surroundings(hole: Hole) -> Iterator[tuple[int, bytes]]:
    """Give what a document may be like without what is being typed, and how many brackets were closed for it."""
    before = hole.before[: len(hole.before) - len(hole.line_before)]
    above = Hole(before, hole.after if hole.line_after.strip() else hole.after[len(hole.line_after) :])
    opened = max(_opened(hole.line_before), 0)
    yield opened, above.filled()
    for shorter in (hole, above):
        due = brackets(shorter.before[-SIGHT_CHARACTERS:]).due[::-1]
        for closed in range(1, min(len(due), MOST_CLOSED) + 1):
            yield closed if shorter is hole else closed + opened, shorter.filled(due[:closed])


def _opened(line: str) -> int:
    """Count the brackets that a line leaves open, less those that it closes of others'."""
    found = brackets(line)
    return len(found.due) - len(found.unmatched)


def _endings(hole: Hole, text: str, language: str, closed: int) -> Iterator[str]:
    """Give what may follow a text: its brackets closed, or what its rest may be on the next line."""
    sight = hole.before[-SIGHT_CHARACTERS:]
    due = _due(sight, text, closed)
    if due and (not hole.line_after.strip() or text.rstrip()[-1] in PAIRS):
        yield due
    if hole.line_after.strip():
        return
    yield from (f"\n{end}" for end in _open_ends(hole.before + text))
    line = (hole.before + text).rpartition("\n")[2]
    below = "\n" + indent(line)
    for tail in tails(language):
        yield below + tail.inside + due + tail.behind
    if due.startswith("}"):  # a tail of the block, and then what closes around it
        for tail in tails(language):
            if tail.behind:
                yield below + "}" + tail.behind + due[1:]


def _due(sight: str, text: str, closed: int) -> str:
    """Write what closes the brackets behind a text that nothing below the cursor closes."""
    before, after = brackets(sight).due, brackets(sight + text).due
    below = before[: len(before) - closed] if closed > 0 else before
    return after[len(below) :][::-1] if after.startswith(below) else ""


def _open_ends(text: str) -> Iterator[str]:
    """Give what ends the strings and comments of several lines that a text may end in."""
    yield from (quote for quote in _LONG_QUOTES if text.count(quote) % 2)
    yield from (end for start, end in _COMMENTS.items() if text.rfind(start) > text.rfind(end))


def _pieces(text: str) -> Iterator[str]:
    """Give a text's beginnings by lines, the longest first."""
    lines = text.split("\n")
    yield text
    for count in range(min(len(lines) - 1, MOST_LINES), 0, -1):
        yield "\n".join(lines[:count]).rstrip()
