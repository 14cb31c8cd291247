"""What of a text is no text that anybody would write here: marks of the model's own, and what the editor types.

Invariant: each function gives a beginning of its text.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from lsp.context.window import Window

REPLACEMENT = "\ufffd"

_special = re.compile(
    r"<[|\uff5c][a-z\u2581_]{2,30}(?:[|\uff5c]?>|\Z)"  # <|fim_middle|>, DeepSeek's with U+FF5C and U+2581, and halves
    r"|<(?:fim[_-](?:prefix|middle|suffix|pad)|EOT|MID|PRE|SUF)>"
    r"|<(?:file_sep|repo_?name|filename|gh_stars|jupyter_\w+|issue_\w+)>"
    r"|\[(?:PREFIX|SUFFIX|MIDDLE)\]|</s>\Z"
)
_closers = re.compile(r"\s*[)\]}\"'`>][)\]}\"'`>;\s]*")


def until_replacement(text: str) -> str:
    """Stop before what the model could not read: nobody wants U+FFFD written."""
    return text.partition(REPLACEMENT)[0]


def until_special(text: str, around: Window) -> str:
    """Stop before the text of a special token, whole or half, unless the document itself writes of such."""
    for found in _special.finditer(text):
        mark = found.group().strip("<>|[]\uff5c")
        if mark not in around.prefix and mark not in around.suffix:
            return text[: found.start()]
    return text


def unless_closers(text: str) -> str:
    """Leave nothing of a text that only closes brackets and quotes: editors do that by themselves."""
    return "" if _closers.fullmatch(text) else text
