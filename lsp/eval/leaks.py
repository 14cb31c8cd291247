"""Special tokens that show as text, which they never should.

Invariant: what stands in the document counts for nothing: a program may well write about special tokens, and the model
go on with it.

The texts are those of the families that Tandem knows how to ask and of the models of its catalogue, Codestral's `<s>`
apart, which is HTML, too; what looks like one of a newer model, between `<|` and `|>`, counts as well.
"""

from __future__ import annotations

import re

_special = re.compile(
    r"<\|\w+(?:\|>)?"  # Qwen, CodeGemma and most others, whole or begun
    r"|<\uff5c[^\uff5c\n]*(?:\uff5c>)?"  # DeepSeek, with bars of full width
    r"|<fim[_-]\w*>?"  # StarCoder, SantaCoder
    r"|</?tool_call>|<bos>"  # Qwen, CodeGemma
    r"|<(?:file_sep|repo_name|reponame|filename|gh_stars|empty_output|(?:issue|jupyter)_\w+)>"  # SmolLM2, StarCoder
    r"|\[(?:PREFIX|SUFFIX|MIDDLE)\]"  # Codestral
)


def leaked(text: str, document: str) -> list[str]:
    """Find the texts of special tokens in an answer, those apart that the document has itself."""
    return [found for found in _special.findall(text) if found not in document]
