"""Which language a document or a file is in.

Invariant: what is in no language of the table is `NEUTRAL`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from lsp.context.languages.go import GO
from lsp.context.languages.language import NEUTRAL, Language
from lsp.context.languages.python import PYTHON
from lsp.context.languages.rust import RUST
from lsp.context.languages.script import SCRIPT

if TYPE_CHECKING:
    from pathlib import PurePath

_KNOWN = (PYTHON, SCRIPT, RUST, GO)
_BY_IDENTIFIER = {identifier: each for each in _KNOWN for identifier in each.identifiers.values()}
_IDENTIFIERS = {suffix: identifier for each in _KNOWN for suffix, identifier in each.identifiers.items()}


def language_of(identifier: str) -> Language:
    """Find a language by LSP's identifier."""
    return _BY_IDENTIFIER.get(identifier, NEUTRAL)


def identifier_of(file: PurePath) -> str:
    """Name a file's language as an editor would; empty where it is none of those here."""
    return _IDENTIFIERS.get(file.suffix.lower(), "")
