"""TypeScript and JavaScript: relative specifiers, with the usual suffixes and index files.

Invariant: a specifier that does not begin with a dot names a package, and is not looked for.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from lsp.context.languages.language import Language

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from lsp.context.disk import Disk
    from lsp.context.languages.language import Importer

_specifier = re.compile(r"""(?:\bfrom|\bimport|\brequire)\s*\(?\s*["'](\.[^"'\n]*)["']""")

_SUFFIXES = (".ts", ".tsx", ".d.ts", ".js", ".jsx", ".mts", ".cts", ".mjs", ".cjs")
_SOURCES = {".js": (".ts", ".tsx"), ".jsx": (".tsx",), ".mjs": (".mts",), ".cjs": (".cts",)}
"""TypeScript's modules name the file that is made of the one that is meant."""


def _find(importer: Importer, disk: Disk) -> Iterator[Path]:
    for statement in importer.statements:
        for specifier in _specifier.findall(statement):
            found = next(filter(disk.is_file, _candidates(importer.file.parent / specifier)), None)
            if found is not None:
                yield found


def _candidates(place: Path) -> Iterator[Path]:
    if place.suffix in _LANGUAGES:
        yield from (place.with_suffix(suffix) for suffix in _SOURCES.get(place.suffix, ()))
        yield place
    if place.name:
        yield from (place.with_name(place.name + suffix) for suffix in _SUFFIXES)
    yield from (place / f"index{suffix}" for suffix in _SUFFIXES)


_LANGUAGES = {
    ".ts": "typescript", ".mts": "typescript", ".cts": "typescript", ".tsx": "typescriptreact",
    ".js": "javascript", ".mjs": "javascript", ".cjs": "javascript", ".jsx": "javascriptreact",
}  # fmt: skip

SCRIPT = Language(
    identifiers=_LANGUAGES,
    statement=re.compile(
        r"""import\b(?!\s*\()|export\s*(?:type\s*)?[{*](?!.*;\s*$)|export\b.*\bfrom\s*["']|(?:const|let|var)\b.*\brequire\("""
    ),
    definition=re.compile(
        r"(?:export\s+)?(?:default\s+)?(?:declare\s+)?(?:abstract\s+)?(?:async\s+)?"
        r"(?P<kind>function|class|interface|type|enum|const|let|var)\b(?:\s+enum\b)?\s*\*?\s*(?P<name>[\w$]+)"
    ),
    containers=frozenset({"class", "interface", "type", "enum"}),
    member=re.compile(r"(?!(?:static\s*\{|[/*@}\])]))\S"),
    stub=";",
    closing="}",
    find=_find,
)
