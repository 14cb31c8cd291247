r"""What the model gets to see around the cursor: a window that typing only ever appends to.

Invariant: while text is typed at the cursor, the prefix keeps its first character and the suffix does not change. The
prefix begins at every 16th line of the document, as many hops back as fit: its start depends on the lines above the
last two stretches of 16 only, so it moves when the cursor leaves its stretch, not at a keystroke, and where it will
move to is known before. The suffix ends at a line's end. What the model had computed for the prefix stays good. Where
lines are so long that the window would exceed its bounds, it is cut by characters, in hops that nobody foresees.

A window's text has \n for every line ending and no lone surrogates; `present` brings the document's endings back.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

from engine.messages import Near
from lsp.text import sound, with_newlines

if TYPE_CHECKING:
    from lsp.document import Document, Place

_word_end = re.compile(r"\w+\Z")
_closers = re.compile(r"[)\]}>\"'`;,:\s]*")

HOP_LINES = 16
HOP_CHARACTERS = HOP_LINES * 40
"""What a hop of ordinary lines holds; overlong prefixes move on by as much."""

SOON_LINES = 4  # before the cursor leaves its stretch, the next window is worth preparing
NEAR_HOP_LINES = 8
NEAR_LINES_BELOW = 2
"""What is read first at a new place: 8 to 15 lines above the cursor's and the next two."""


class Popup(NamedTuple):
    """The entry selected in the editor's own completion list: `text` would replace start..end, on one line."""

    start: Place
    end: Place
    text: str


@dataclass(frozen=True, slots=True)
class Window:
    """The text around a cursor, as the model sees it.

    The nearest lines begin at `near_start` of the prefix. If the window's start will soon move, then by `hop`, else 0.
    `first` is the document's line that the prefix begins with; where lines are cut, the first that it might hold.
    """

    prefix: str
    suffix: str
    near_start: int = 0
    hop: int = 0
    first: int = field(default=0, compare=False)

    @property
    def line_before(self) -> str:
        """What stands left of the cursor on its line."""
        return self.prefix[self.prefix.rfind("\n") + 1 :]

    @property
    def word_before(self) -> str:
        """What stands left of the cursor of its word."""
        found = _word_end.search(self.line_before)
        return found[0] if found else ""

    @property
    def line_after(self) -> str:
        """What stands right of the cursor on its line."""
        return self.suffix.partition("\n")[0]

    @property
    def line_above(self) -> str:
        """The nearest line above that is not blank; empty where the window holds none."""
        return next((line for line in reversed(self.prefix.split("\n")[:-1]) if line.strip()), "")

    @property
    def steady_suffix(self) -> str:
        """The suffix without the brackets and quotes that are closed right of the cursor, where nothing else stands.

        They come and go with each bracket that is typed, and what the model had computed with them would be lost; it
        closes its brackets by itself, and `present` stops before them.
        """
        return self.suffix[len(self.line_after) :] if _closers.fullmatch(self.line_after) else self.suffix

    @property
    def near(self) -> Near:
        """What of the prefix and of the steady suffix stands nearest to the cursor."""
        end, suffix = 0, self.steady_suffix
        for _ in range(NEAR_LINES_BELOW + 1):
            end = suffix.find("\n", end) + 1 or len(suffix)
        return Near(self.near_start, end)

    @property
    def lines_below(self) -> list[str]:
        """The lines after the cursor's."""
        return self.suffix.split("\n")[1:]


def window(
    document: Document, cursor: Place, *, prefix_characters: int, suffix_characters: int, popup: Popup | None = None
) -> Window:
    """Cut the window at a cursor, as if the popup's selected entry, where one is given, had been accepted."""
    start, end, chosen = popup or Popup(cursor, cursor, "")
    first = _anchor(document.lines, start.line, prefix_characters)
    prefix = "".join(document.lines[first : start.line]) + document.lines[start.line][: start.character] + chosen
    suffix = _suffix(document.lines, end, suffix_characters)
    prefix = _bounded(plain(prefix), prefix_characters + HOP_CHARACTERS)
    return Window(
        prefix,
        plain(suffix),
        near_start=_start(prefix, start.line % NEAR_HOP_LINES + NEAR_HOP_LINES),
        hop=_hop(document.lines, start.line, prefix, prefix_characters),
        first=first,
    )


def _hop(lines: list[str], line: int, prefix: str, characters: int) -> int:
    """Tell by how much the prefix will be cut when the cursor leaves its stretch, if that is soon."""
    beyond = line - line % HOP_LINES + HOP_LINES
    return _start(prefix, line - _anchor(lines, beyond, characters)) if beyond - line <= SOON_LINES else 0


def _start(prefix: str, above: int) -> int:
    """Find the start of the line that stands so many lines above the last one; 0 where there are fewer."""
    start = len(prefix) + 1
    for _ in range(above + 1):
        start = prefix.rfind("\n", 0, max(start - 1, 0)) + 1
        if not start:
            break
    return start


def _anchor(lines: list[str], line: int, characters: int) -> int:
    """Go back hop by hop, while it fits, from the last stretch but one; of these two nothing but the place counts."""
    first = max(line - line % HOP_LINES - HOP_LINES, 0)
    left = characters - 2 * HOP_CHARACTERS
    while first > 0:
        left -= sum(len(text) for text in lines[first - HOP_LINES : first])
        if left < 0:
            break
        first -= HOP_LINES
    return first


def _suffix(lines: list[str], cursor: Place, characters: int) -> str:
    """Take whole lines after the cursor while they fit; a longer rest of the line is cut short."""
    pieces = [lines[cursor.line][cursor.character :][:characters]]
    left = characters - len(pieces[0])
    for line in lines[cursor.line + 1 : cursor.line + 2 + left]:
        left -= len(line)
        if left < 0:
            break
        pieces.append(line)
    return "".join(pieces)


def _bounded(prefix: str, characters: int) -> str:
    """Hold an overlong prefix (long lines) within bounds, again in hops."""
    excess = max(len(prefix) - characters, 0)
    return prefix[-(-excess // HOP_CHARACTERS) * HOP_CHARACTERS :]


def plain(text: str) -> str:
    r"""Make text fit for the model: \n for every line ending, no lone surrogates."""
    return with_newlines(sound(text))
