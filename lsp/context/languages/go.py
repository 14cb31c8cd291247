"""Go: the other files of the same folder, and imported packages of the module that go.mod names.

Invariant: a package is a folder, of which `MOST_FILES` files are looked at, the first by name; tests belong to tests.
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

MOST_FILES = 16
_GO_MOD_BYTES = 65_536

_module = re.compile(r"^\s*module\s+\"?([^\s\"]+)", re.MULTILINE)
_path = re.compile(r"\"([^\"\n]+)\"")


def _find(importer: Importer, disk: Disk) -> Iterator[Path]:
    file = importer.file
    tests = file.stem.endswith("_test")
    yield from (other for other in _package(file.parent, disk, tests=tests) if other != file)
    folder = next((each for each in file.parents if disk.is_file(each / "go.mod")), None)
    if folder is None or not folder.is_relative_to(importer.root):
        return
    named = _module.search(disk.text(folder / "go.mod", _GO_MOD_BYTES) or "")
    if named is None:
        return
    for statement in importer.statements:
        for path in _path.findall(statement):
            if path == named[1] or path.startswith(f"{named[1]}/"):
                yield from _package(folder / path[len(named[1]) + 1 :], disk, tests=False)


def _package(folder: Path, disk: Disk, *, tests: bool) -> list[Path]:
    names = sorted(name for name in disk.names(folder) if name.endswith(".go"))
    return [folder / name for name in names if tests or not name.endswith("_test.go")][:MOST_FILES]


GO = Language(
    identifiers={".go": "go"},
    statement=re.compile(r"import\b"),
    definition=re.compile(
        r"(?P<func>func)\s+(?:\([^)]*\)\s*)?(?P<function>\w+)|type\s+(?P<name>\w+)(?:\[[^\]]*\])?(?:\s+=?\s*(?P<kind>\w+))?"
        r"|(?:const|var)\s+(?P<constant>\w+)"
    ),
    containers=frozenset({"struct", "interface"}),
    member=re.compile(r"(?![/*}\])])\S"),
    closing="}",
    find=_find,
)
