"""The languages that are parsed, by the identifiers that editors give them.

Invariant: nothing is imported until a document of its language needs it, and nothing is ever fetched: each grammar is a
package of its own, installed with Tandem. One that cannot be loaded is reported once; its language is not checked.
"""

from __future__ import annotations

import logging
from functools import cache
from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tree_sitter import Language

logger = logging.getLogger(__name__)

_GRAMMARS = {
    "c": ("tree_sitter_c", "language"),
    "cpp": ("tree_sitter_cpp", "language"),
    "csharp": ("tree_sitter_c_sharp", "language"),
    "css": ("tree_sitter_css", "language"),
    "go": ("tree_sitter_go", "language"),
    "html": ("tree_sitter_html", "language"),
    "java": ("tree_sitter_java", "language"),
    "javascript": ("tree_sitter_javascript", "language"),
    "javascriptreact": ("tree_sitter_javascript", "language"),
    "json": ("tree_sitter_json", "language"),
    "jsonc": ("tree_sitter_json", "language"),
    "lua": ("tree_sitter_lua", "language"),
    "python": ("tree_sitter_python", "language"),
    "ruby": ("tree_sitter_ruby", "language"),
    "rust": ("tree_sitter_rust", "language"),
    "toml": ("tree_sitter_toml", "language"),
    "typescript": ("tree_sitter_typescript", "language_typescript"),
    "typescriptreact": ("tree_sitter_typescript", "language_tsx"),
    **dict.fromkeys(("bash", "sh", "shellscript"), ("tree_sitter_bash", "language")),
}
"""The module of a language's grammar, and the function there that gives it."""


@cache
def grammar(language: str) -> Language | None:
    """Load a language's grammar; None for one that is not known, or cannot be loaded."""
    if language not in _GRAMMARS:
        return None
    module, function = _GRAMMARS[language]
    try:
        from tree_sitter import Language  # noqa: PLC0415 - a start must not wait for it

        return Language(getattr(import_module(module), function)())
    except (ImportError, AttributeError, ValueError) as error:
        logger.warning("Suggestions in %s are not parsed: %s. Install tandem-lsp anew.", language, error)
        return None
