"""Whether to ask the model at all, and for what shape.

Invariant: a document that `refusal` names a reason for is never read: no part of it reaches the engine, for no kind of
request. Every silence has a reason in words, which ends up in `tandem/status`.

Documents that are handled on purpose: larger than 4 million characters, holding NULs (binary), or made of very long
lines (minified, generated) get nothing. A language that is not known is served by a neutral policy, by its brackets
and colons.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import lru_cache
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

from lsp.settings import SECRETS

if TYPE_CHECKING:
    from engine.messages import Shape
    from lsp.context.window import Window
    from lsp.document import Document, Place
    from lsp.settings import Settings

HUGE_CHARACTERS = 4_000_000
LONG_LINE_CHARACTERS = 2_000
LONG_LINES_CHARACTERS = 300
"""A line this long, or lines this long on average, were not written by hand."""

_FOREIGN_SCHEMES = frozenset({"output", "debug", "git", "vscode-scm", "comment", "log", "tandem-explanation"})
"""Views that editors show as documents; suggesting in an output channel would feed on its own log."""

_DOCSTRINGS = ('"""', "'''")

_identifier = re.compile(r"\w")


@dataclass(frozen=True, slots=True)
class Ask:
    """Ask the model for this shape."""

    shape: Shape
    max_tokens: int


@dataclass(frozen=True, slots=True)
class Silence:
    """Do not ask, and why."""

    reason: str


@dataclass(frozen=True, slots=True)
class _Language:
    """What opens a scope at the end of a line: a character, or a word."""

    characters: str
    words: tuple[str, ...] = ()

    def opens(self, line: str) -> bool:
        """Whether a block is due under this line."""
        line = line.rstrip()
        return bool(line) and (line[-1] in self.characters or re.split(r"\W", line)[-1] in self.words)


_NEUTRAL = _Language(":{([")
_BRACES = _Language("{([")
_SHELL = _Language("{(", ("then", "do", "else", "in"))
_RUBY = _Language("{([|", ("do", "else", "begin", "ensure", "then"))
_LUA = _Language("{()", ("then", "do", "else", "repeat"))
_LANGUAGES = {
    **dict.fromkeys(("c", "cpp", "csharp", "go", "java", "javascript", "javascriptreact", "kotlin", "php"), _BRACES),
    **dict.fromkeys(("rust", "scala", "swift", "typescript", "typescriptreact", "css", "json", "jsonc"), _BRACES),
    **dict.fromkeys(("shellscript", "sh", "bash"), _SHELL),
    **dict.fromkeys(("ruby", "elixir"), _RUBY),
    "lua": _LUA,
}


def refusal(document: Document, settings: Settings) -> str:
    """Say why this document is not served; empty when it is."""
    return refusal_by_name(document.uri, document.language, settings) or _by_content(document)


def refusal_by_name(uri: str, language: str, settings: Settings) -> str:
    """Say why a document or file is not even looked into; empty where that depends on what it holds."""
    if not settings.enabled:
        return "Tandem is switched off"
    if not settings.languages.get(language, settings.languages.get("*", True)):
        return f"switched off for the language {language}"
    return _by_name(uri, settings.exclude)


def _by_content(document: Document) -> str:
    if document.nuls:
        return "the file is binary"
    if document.characters > HUGE_CHARACTERS:
        return f"the file is larger than {HUGE_CHARACTERS // 1_000_000} million characters"
    if document.characters > LONG_LINES_CHARACTERS * max(len(document.lines), 20):
        return "the file's lines are too long to have been written by hand"
    return ""


@lru_cache(maxsize=256)
def _by_name(uri: str, exclude: tuple[str, ...]) -> str:
    try:
        uri.encode()  # the engine would not get it
        address = urlsplit(uri)
    except ValueError:
        return "the document's address cannot be read, so nobody can tell whether it holds secrets"
    if address.scheme in _FOREIGN_SCHEMES:
        return f"{address.scheme}: is a view of the editor, no file"
    path = unquote(address.path).replace("\\", "/").lower()
    wanted = (pattern[1:] for pattern in exclude if pattern.startswith("!"))
    if any(_matches(path, pattern) for pattern in wanted):
        return ""
    for pattern in (*SECRETS, *(pattern for pattern in exclude if not pattern.startswith("!"))):
        if _matches(path, pattern):
            return f"the file is excluded by the pattern {pattern}"
    return ""


def _matches(path: str, pattern: str) -> bool:
    """Match a glob against the last part of a path, or against as many as the pattern has slashes for."""
    return fnmatchcase(path, f"*/{pattern.lower().lstrip('/')}") or fnmatchcase(path, pattern.lower())


def decide(document: Document, cursor: Place, around: Window, settings: Settings, *, explicit: bool) -> Ask | Silence:
    """Choose the shape for this cursor, or silence. The document is one that `refusal` lets through."""
    if len(document.lines[cursor.line]) > LONG_LINE_CHARACTERS:
        return Silence("the line is too long to have been written by hand")
    before, after = around.line_before, around.line_after
    if not explicit and _identifier.match(after):
        return Silence("the cursor stands inside a word")
    if not before.strip() and not after.strip() and (explicit or _language(document).opens(_header(around))):
        return Ask("block", settings.block_tokens)
    if not explicit and not around.prefix.strip() and not around.suffix.strip():
        return Silence("the document is empty")
    return Ask("line", settings.line_tokens)


def _header(around: Window) -> str:
    """Give the line above, or the one above the docstring that ends there: below that the body is still empty."""
    lines = [line.strip() for line in around.prefix.split("\n")[:-1] if line.strip()]
    end = len(lines) - 1
    quote = next((quote for quote in _DOCSTRINGS if lines and lines[-1].endswith(quote)), "")
    if not quote:
        return around.line_above
    start = next(
        (at for at in range(end, -1, -1) if lines[at].startswith(quote) and (at < end or lines[at] != quote)), 0
    )
    return lines[start - 1] if start else around.line_above


def _language(document: Document) -> _Language:
    return _LANGUAGES.get(document.language, _NEUTRAL)
