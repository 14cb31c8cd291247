"""The beginnings of a text that may be shown in its place, where all of it is too unlikely.

Invariant: the longest comes first, and is all of the text; each is a beginning of the one before. They end where lines
do, and in the first line where a token and a word, a string or a bracket do: half a word or half a string, or an
operator that waits for what it is about, is nothing that one would take.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from lsp.present.brackets import open_quote

if TYPE_CHECKING:
    from collections.abc import Iterator

    from engine.messages import Completed

WORTH_CHARACTERS = 3
"""What is shorter saves hardly a key and costs a look: it comes only when asked for, however likely it is."""

_end = re.compile(r"(?<=\w)(?!\w)|(?<=[()\[\]{},;:\"'`])(?!\w)|(?<=[(\[{])")
_word = re.compile(r"\w")


class Beginning(NamedTuple):
    """A beginning, the natural logarithms of the probabilities of its tokens, as far as they were told; all or not."""

    text: str
    logs: tuple[float, ...]
    is_all: bool


def beginnings(said: Completed, text: str, line_before: str = "", *, whole: bool = False) -> Iterator[Beginning]:
    """Give those of a beginning of what the model said behind a line; with `whole` there is only that itself."""
    yield Beginning(text, _logs(said, text), is_all=True)
    shorter = text
    for end in () if whole else _ends(said, text):
        cut = text[:end].rstrip()
        is_worth_it = WORTH_CHARACTERS <= len(cut) < len(shorter) and _word.search(cut)
        if is_worth_it and ("\n" in cut or not open_quote(line_before + cut)):
            shorter = cut
            yield Beginning(cut, _logs(said, cut), is_all=False)


def _ends(said: Completed, text: str) -> list[int]:
    lines = [found.start() for found in re.finditer("\n", text)]
    first = lines[0] if lines else len(text)
    tokens = (end for end in said.token_ends if end < first and _end.match(text, end))
    return sorted({*lines, *tokens}, reverse=True)


def _logs(said: Completed, text: str) -> tuple[float, ...]:
    """Give those of the tokens that a beginning of what was said has a part of; all, if their ends are not told."""
    starts = (0, *said.token_ends[:-1]) if said.token_ends else ()
    count = sum(start < len(text) for start in starts) or len(said.log_probabilities)
    return said.log_probabilities[:count]
