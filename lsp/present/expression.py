"""Whether a text ends in the middle of an expression, in a language where a line's end ends it.

Invariant: a beginning of the text that ends at a line's end; within brackets, strings and comments nothing is judged.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from lsp.present.brackets import brackets, open_quote

if TYPE_CHECKING:
    from lsp.context.window import Window

_half = re.compile(
    r"(?<!\.\.)(?<!import )[-+*/%|&^<>=.]\s*\Z"
    r"|\b(?:and|or|not|in|is|lambda|await|from|import|as|assert|del|with|if|elif|while|for)\s*\Z"
)


def without_half(text: str, around: Window) -> str:
    """Drop the last line of a text in Python that ends in an operator, or in a word that something has to follow.

    A parser takes the next line for the rest of it where that is an expression, too; Python does not.
    """
    written = around.prefix + text
    line = written.rpartition("\n")[2]
    if around.line_after.strip() or "#" in line or not _half.search(line):
        return text
    if brackets(written).due or open_quote(written):
        return text
    return text.rpartition("\n")[0]
