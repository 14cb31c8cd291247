"""What a person writing a file types, key by key, in an editor that indents by itself.

The first half of the file's things (definitions, methods, paragraphs of code) is there already. Of the others every
second one is typed, from top to bottom, so that most of what is typed has finished code below it.

Enter brings the indentation that editors give: the line's own, and one step more after an opening `:`, `(`, `[` or `{`.
Backspace takes one step of it back, Tab adds what is missing, and Enter on an otherwise empty line clears it.

Invariant: the keys reproduce the file exactly, whatever its indentation and line ends.
"""

from __future__ import annotations

import re
from collections import Counter
from itertools import pairwise, takewhile
from typing import TYPE_CHECKING, NamedTuple

from lsp.buffer import LINE_END, Edit, line_start, lines_of
from lsp.errors import BadInput
from lsp.replay.script import Keystroke, Script

if TYPE_CHECKING:
    from collections.abc import Iterator

_INDENT = re.compile(r"[ \t]*")
_USUAL_STEP = "    "
_OPENERS = (":", "(", "[", "{")


class Region(NamedTuple):
    """A stretch of a text, by offsets."""

    start: int
    end: int


def type_file(name: str, text: str) -> Script:
    """Plan the typing of a file. Raises BadInput when there is nothing in it to type."""
    step = indentation_step(text)
    parts = things(text, step)
    typed = parts[len(parts) // 2 :: 2]
    if not typed:
        raise BadInput(f"{name} holds nothing to type; choose a file with some code in it.")
    start = "".join(text[a.end : b.start] for a, b in pairwise([Region(0, 0), *typed, Region(len(text), len(text))]))
    keys = tuple(key for region in typed for key in _type_region(text, region, step))
    return Script(name=name, start=start, keys=keys, end=text)


def indentation_step(text: str) -> str:
    """Find what one step of indentation is in this text: the most common increase from one line to the next."""
    indents = [_indent_at(line, 0) for _, line in lines_of(text) if line.strip()]
    steps = Counter(b.removeprefix(a) for a, b in pairwise(indents) if b.startswith(a) and b != a)
    return steps.most_common(1)[0][0] if steps else _USUAL_STEP


def things(text: str, step: str) -> list[Region]:
    """Find the file's things: what begins after a blank line at the margin, or one step in where it opens a block.

    A region begins after its first line's indentation and ends before its last line's end.
    """
    found: list[Region] = []
    lines = list(lines_of(text))
    after_blank = True
    for (offset, line), (_, below) in pairwise([*lines, (len(text), "")]):
        indent = _indent_at(line, 0)
        end = offset + len(line)
        if line.strip():
            opens_block = line.startswith(step + "@") or len(_indent_at(below, 0)) > len(indent)
            opens = not found or (after_blank and (not indent or (indent == step and opens_block)))
            start = offset + len(indent) if opens else found.pop().start
            found.append(Region(start, end))
        after_blank = not line.strip()
    return found


def _type_region(text: str, region: Region, step: str) -> Iterator[Keystroke]:
    indent = text[line_start(text, region.start) : region.start]
    return type_text(text[region.start : region.end], region.start, indent, step)


def type_text(goal: str, offset: int, indent: str, step: str) -> Iterator[Keystroke]:
    """Yield the keys that put `goal` at `offset`, where `indent` stands left of it on its line."""
    line = indent  # the cursor's line, left of the cursor
    done = 0  # characters of the goal in place
    spare = 0  # characters of indentation after them that the goal does not have
    while done < len(goal) or spare:
        cursor = offset + done + spare
        newline = LINE_END.match(goal, done)
        if newline:
            brought = _indent_after(line, step)
            edit = Edit(cursor - spare, spare, newline[0] + brought)
            fitting = _common_length(brought, _indent_at(goal, newline.end()))
            done, spare, line = newline.end() + fitting, len(brought) - fitting, brought
        elif spare:
            taken = min(spare, len(step))
            edit = Edit(cursor - taken, taken, "")
            spare, line = spare - taken, line[:-taken]
        else:
            key = (not line.strip() and _indent_at(goal, done)) or goal[done]
            edit = Edit(cursor, 0, key)
            done, line = done + len(key), line + key
        yield Keystroke(edits=(edit,), cursor=edit.offset + len(edit.inserted))


def _indent_at(text: str, offset: int) -> str:
    match = _INDENT.match(text, offset)
    return match[0] if match else ""


def _common_length(a: str, b: str) -> int:
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(a, b, strict=False)))


def _indent_after(line: str, step: str) -> str:
    return _indent_at(line, 0) + (step if line.rstrip().endswith(_OPENERS) else "")
