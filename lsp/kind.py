"""What kind of place a suggestion is for, as statistics keep them apart.

Invariant: every place is of one kind, told by what stands around the cursor and by what the model was asked for, not
by the answer.

    rest    behind text, to the end of the line
    word    the same, with the cursor at the end of a word that may go on
    line    a whole line
    block   lines, until the scope closes
    middle  before other text on the line; brackets and quotes that close there are none
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from engine.messages import Shape
    from lsp.context.window import Window
    from lsp.tally.page import Kind

_in_a_word = re.compile(r"\w\Z")


def kind_of(around: Window, shape: Shape) -> Kind:
    """Tell the kind of a place."""
    if around.steady_suffix.partition("\n")[0].strip():
        return "middle"
    if shape == "block":
        return "block"
    if not around.line_before.strip():
        return "line"
    return "word" if _in_a_word.search(around.line_before) else "rest"
