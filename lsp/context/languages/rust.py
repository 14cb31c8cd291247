"""Rust: `mod x;`, and `use` of what begins with `crate`, `self`, `super` or the name of a crate beside this one.

Invariant: a path leads to the file of the longest part of it that is a module; the rest are names in that file.
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

_visible = r"\s*(?:pub(?:\([^)]*\))?\s+)?"
_mod = re.compile(_visible + r"mod\s+(\w+)\s*;")
_use = re.compile(_visible + r"use\s+([^;]*);?", re.DOTALL)
_alias = re.compile(r"\s+as\s+\w+")

_ROOTS = frozenset({"lib.rs", "main.rs", "mod.rs"})
"""Files whose modules lie beside them; those of x.rs lie in x/."""
_MOST_PATHS = 64
_MOST_BRACES = 8  # one within the other


def _find(importer: Importer, disk: Disk) -> Iterator[Path]:
    file = importer.file
    here = file.parent if file.name in _ROOTS else file.parent / file.stem
    for statement in importer.statements:
        if match := _mod.match(statement):
            yield from _module(here, [match[1]], disk)
        elif match := _use.match(statement):
            for path in _paths(_alias.sub("", match[1]))[:_MOST_PATHS]:
                yield from _used(importer, here, path.split("::"), disk)


def _used(importer: Importer, here: Path, parts: list[str], disk: Disk) -> Iterator[Path]:
    start, rest = here, parts[1:]
    if parts[0] == "crate":
        start = _crate(importer)
    elif parts[0] == "super":
        start = here.parent
        while rest[:1] == ["super"]:
            start, rest = start.parent, rest[1:]
    elif parts[0] != "self":
        beside = _beside(importer, parts[0], disk)
        if beside is None:
            return
        start = beside
    yield from _module(start, rest, disk)


def _crate(importer: Importer) -> Path:
    """Give the folder of the crate's sources: the nearest `src`, or else the file's own."""
    folders = (folder for folder in importer.file.parents if folder.is_relative_to(importer.root))
    return next((folder for folder in folders if folder.name == "src"), importer.file.parent)


def _beside(importer: Importer, name: str, disk: Disk) -> Path | None:
    """Give the sources of another crate of the workspace, if it lies beside the importer's in a folder of its name."""
    crates = _crate(importer).parent.parent
    if not crates.is_relative_to(importer.root):
        return None
    folders = (crates / each / "src" for each in dict.fromkeys((name, name.replace("_", "-"))))
    return next(filter(disk.is_folder, folders), None)


def _module(start: Path, parts: list[str], disk: Disk) -> Iterator[Path]:
    for end in range(len(parts), -1, -1):
        place = start.joinpath(*parts[:end])
        files = [place.with_suffix(".rs"), place / "mod.rs"] if place.name else []
        if not end:
            files += [place / "lib.rs", place / "main.rs"]
        found = next(filter(disk.is_file, files), None)
        if found is not None:
            yield found
            return


def _paths(tree: str, depth: int = 0) -> list[str]:
    """Write out the paths of a `use`, of which braces hold several."""
    head, brace, inner = tree.partition("{")
    if not brace or depth == _MOST_BRACES:
        return ["".join(head.split())]
    prefix = "".join(head.split())
    return [prefix + path for part in _parts(inner) for path in _paths(part, depth + 1)]


def _parts(inner: str) -> Iterator[str]:
    """Split what stands in braces at its own commas, up to the brace that closes it."""
    depth, start = 0, 0
    for place, character in enumerate(inner):
        if character == "," and not depth:
            yield inner[start:place]
            start = place + 1
        elif character == "{":
            depth += 1
        elif character == "}" and depth:
            depth -= 1
        elif character == "}":
            yield inner[start:place]
            return
    yield inner[start:]


RUST = Language(
    identifiers={".rs": "rust"},
    statement=re.compile(_visible + r"(?:use\s|mod\s+\w+\s*;|extern\s+crate\b)"),
    definition=re.compile(
        r"(?:pub(?:\([^)]*\))?\s+)?(?:default\s+|async\s+|unsafe\s+|const\s+(?=fn|unsafe|async)|extern\s+\"\w+\"\s+)*"
        r"(?:(?P<kind>fn|struct|enum|union|trait|type|const|static)\s+(?P<name>\w+)"
        r"|(?P<impl>impl)\b(?:<[^{]*?>)?\s*(?:[^{]*?\bfor\s+)?(?P<type>\w+))"
    ),
    containers=frozenset({"struct", "enum", "union", "trait", "impl"}),
    member=re.compile(r"(?![/*#}\])])\S"),
    stub=";",
    closing="}",
    find=_find,
)
