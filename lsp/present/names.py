"""Which of the names in a suggestion stand nowhere in sight: a model that makes names up is a model that guesses.

Invariant: pure functions of texts; a name is compared as it is written, and one that the suggestion itself makes counts
as unknown where it stands first.
"""

from __future__ import annotations

import builtins
import keyword
import re
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lsp.context.window import Window

SHORTEST = 3
"""Shorter names (`i`, `fn`, `id`) are written without having been anywhere."""

_name = re.compile(r"[^\W\d]\w*")
_quoted = re.compile(r"(\"|'|`)(?:\\.|(?!\1)[^\\\n])*(?:\1|$)|(?:#|//|--\s).*", re.MULTILINE)

_PYTHON = frozenset((*keyword.kwlist, *keyword.softkwlist, *dir(builtins), "self", "cls"))
_COMMON = frozenset((
    "abstract", "and", "any", "array", "assert", "async", "await", "bool", "boolean", "break", "byte", "case",
    "catch", "char", "class", "console", "const", "constructor", "continue", "def", "default", "defer", "delete",
    "do", "document", "done", "double", "echo", "elif", "else", "elseif", "end", "enum", "error", "esac", "exit",
    "export", "extends", "extern", "false", "final", "finally", "float", "fmt", "fn", "for", "foreach", "from",
    "func", "function", "goto", "if", "impl", "implements", "import", "in", "include", "inline", "instanceof", "int",
    "interface", "let", "local", "long", "match", "mod", "module", "mut", "namespace", "new", "nil", "none", "not",
    "null", "object", "of", "option", "override", "package", "pairs", "ipairs", "print", "println", "printf",
    "private", "protected", "pub", "public", "raise", "range", "readonly", "require", "result", "return", "self",
    "short", "signed", "sizeof", "static", "std", "str", "string", "struct", "super", "switch", "table", "then",
    "this", "throw", "throws", "trait", "true", "try", "type", "typeof", "undefined", "unless", "unsigned", "until",
    "use", "using", "usize", "var", "vec", "void", "volatile", "when", "where", "while", "with", "yield",
))  # fmt: skip
"""What the other languages have without anybody having written it; in lower case, since theirs differ in that."""


def unknown_share(text: str, around: Window, language: str = "") -> float:
    """Give the share, 0 to 1, of a text's names that neither the window nor the language has.

    Names in strings and comments count for nothing; without any name it is 0. A name that goes on in a word left of the
    cursor is taken together with that.
    """
    known = _PYTHON if language == "python" else _COMMON
    head = around.word_before
    before = around.prefix[: len(around.prefix) - len(head)]
    sight = _sight(before, around.suffix)
    names = list(_names(head + text))
    unknown = sum(name not in sight and name not in known and name.lower() not in known for name in names)
    return unknown / len(names) if names else 0.0


@lru_cache(maxsize=1)
def _sight(before: str, after: str) -> frozenset[str]:
    """Collect the names around a cursor, once for all that may be shown there."""
    return frozenset(found.group() for part in (before, after) for found in _name.finditer(part))


def _names(text: str) -> Iterator[str]:
    for found in _name.finditer(_quoted.sub(" ", text)):
        if len(found.group()) >= SHORTEST:
            yield found.group()
