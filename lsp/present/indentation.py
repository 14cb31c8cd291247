"""Which lines of a text stand where they belong: in the cursor's scope, indented as the file is, in an open block.

Invariant: each function gives a beginning of its text that ends at a line's end. A tab counts for four columns.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from lsp.present.brackets import brackets, open_quote
from lsp.text import indent

if TYPE_CHECKING:
    from lsp.context.window import Window

TAB_COLUMNS = 4

_closing_line = re.compile(r"\s*[)\]}]+[;,)]*\s*")


def in_scope(text: str, around: Window) -> str:
    """Keep the lines until one is indented less than the first; a closing bracket on such a line still belongs."""
    first, *rest = text.split("\n")
    least = _indent(around.line_before + first)
    for count, line in enumerate(rest, start=1):
        if line.strip() and _indent(line) < least:
            keep = count + 1 if _closing_line.fullmatch(line) else count
            return "\n".join([first, *rest][:keep])
    return text


def alike(text: str, around: Window) -> str:
    """Keep the lines until one is indented by tabs where the lines around are by blanks, or by blanks for tabs."""
    nearest = [around.line_before, *reversed(around.prefix.split("\n")[:-1]), *around.lines_below]
    used = next((line[0] for line in nearest if line[:1] in ("\t", " ")), "")
    lines = text.split("\n")
    for count, line in enumerate(lines):
        if count and used and line.strip() and line[:1] in ("\t", " ") and line[0] != used:
            return "\n".join(lines[:count])
    return text


def in_blocks(text: str, around: Window) -> str:
    """Keep the lines until one is deeper than the last with no colon above it, or as deep as no block that is open.

    Lines within brackets or a string stand where they like. This is Python's rule.
    """
    head = around.line_before
    lines = (head + text).split("\n")
    above = around.line_above
    before = around.prefix[: len(around.prefix) - len(head)]
    if not above or _continues(before):
        return text
    levels = _levels(before)
    for count, line in enumerate(lines):
        written = "\n".join([before, *lines[:count]])
        if line.strip() and not _continues(written):
            here, last = _indent(line), levels[-1]
            opened = (above if not count else _last(lines[:count], above)).split("#")[0].rstrip().endswith(":")
            theirs = not count and bool(head.strip())  # what somebody has typed stands where they want it
            if not theirs and ((here > last and not opened) or (levels[0] < here < last and here not in levels)):
                return "\n".join(lines[:count])[len(head) :] if count else ""
            levels = [level for level in levels if level < here] + [here]
    return text


def _levels(before: str) -> list[int]:
    """Give the columns of the blocks that are open below a text, the outermost that it shows first."""
    levels: list[int] = []
    for line in reversed(before.split("\n")):
        column = _indent(line)
        if line.strip() and (not levels or column < levels[0]) and line.strip()[0] not in ")]}#":
            levels.insert(0, column)
    return levels or [0]


def _last(lines: list[str], above: str) -> str:
    return next((line for line in reversed(lines) if line.strip()), above)


def _continues(before: str) -> bool:
    """Whether the line below goes on with what a text ends in: within a bracket, a string, or behind a backslash."""
    return bool(brackets(before).due or open_quote(before)) or before.rstrip("\n").endswith("\\")


def _indent(line: str) -> int:
    return len(indent(line.expandtabs(TAB_COLUMNS)))
