"""Python: absolute imports within the workspace's packages, `src` layouts among them, and relative ones.

Invariant: a module is looked for where the interpreter would find it if the file's package, a folder above that or
`src` were on its path; what is installed elsewhere is not looked for.
"""

from __future__ import annotations

import re
from itertools import takewhile
from typing import TYPE_CHECKING

from lsp.context.languages.language import Language

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from lsp.context.disk import Disk
    from lsp.context.languages.language import Importer

_from = re.compile(r"\s*from\s+(\.*)\s*([\w.]*)\s+import\b(.*)", re.DOTALL)
_import = re.compile(r"\s*import\s+(.*)", re.DOTALL)
_alias = re.compile(r"\s+as\s+\w+")
_comment = re.compile(r"#.*")


def _find(importer: Importer, disk: Disk) -> Iterator[Path]:
    bases = list(_bases(importer, disk))
    for statement in importer.statements:
        text = _alias.sub("", _comment.sub("", statement))
        if match := _from.match(text):
            dots, module, names = match.groups()
            starts = [_parent(importer.file, len(dots))] if dots else bases
            yield from _modules(starts, module.split(".") if module else [], re.findall(r"\w+", names), disk)
        elif match := _import.match(text):
            for module in match[1].split(","):
                yield from _modules(bases, module.strip().split("."), [], disk)


def _modules(starts: list[Path], parts: list[str], names: list[str], disk: Disk) -> Iterator[Path]:
    """Find a module, and those of the names that are modules in it, in the first place that has it."""
    for start in starts:
        place = start.joinpath(*parts)
        files = [place / "__init__.py"]
        if parts:
            files.insert(0, place.with_name(f"{place.name}.py"))
        found = next(filter(disk.is_file, files), None)
        inner = [] if found and found.name != "__init__.py" else [place / f"{name}.py" for name in names]
        if found or (parts and disk.is_folder(place)) or not parts:
            yield from filter(disk.is_file, inner)
            if found:
                yield found
            return


def _parent(file: Path, dots: int) -> Path:
    return [file, *file.parents][min(dots, len(file.parents))]


def _bases(importer: Importer, disk: Disk) -> Iterator[Path]:
    """Give the folders that may be on the interpreter's path, from the file upwards."""
    inside = [folder for folder in importer.file.parents if folder.is_relative_to(importer.root)]
    packages = list(takewhile(lambda folder: disk.is_file(folder / "__init__.py"), inside))
    yield from inside[len(packages) :]
    yield importer.root / "src"


PYTHON = Language(
    identifiers={".py": "python", ".pyi": "python"},
    statement=re.compile(r"\s*(?:import\s+\w|from\s+[\w.]+\s+import\b)"),
    definition=re.compile(
        r"(?:async\s+)?(?P<kind>def|class)\s+(?P<name>\w+)|(?P<constant>[A-Za-z]\w*)\s*(?::[^=]+)?=(?!=)"
    ),
    containers=frozenset({"class"}),
    member=re.compile(r"(?:async\s+)?def\s|\w+\s*:(?!=)\s*\S|[A-Za-z]\w*\s*="),
    stub=" ...",
    find=_find,
)
