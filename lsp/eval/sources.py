"""A package's own source files, read from its archive.

Invariant: only regular files that the manifest includes are read, as text, in the order of their paths; nothing is
unpacked by name, so no archive can write anywhere.
"""

from __future__ import annotations

import re
import tarfile
from contextlib import contextmanager
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from lsp.errors import PackageMissing

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from lsp.eval.manifest import Language, Package

MOST_CHARACTERS = 200_000
LONGEST_LINE = 300
"""Files beyond either were hardly written by hand."""

_tests = re.compile(r"(^|/)tests?(/|\.rs$)")  # they repeat themselves more than other code


@dataclass(frozen=True)
class Source:
    """A file of a package; its path is relative to the package's root."""

    package: str
    path: str
    language: Language
    text: str


def read_sources(package: Package, archive: Path) -> list[Source]:
    """Read what the manifest includes of an archive. Raises PackageMissing for one that is damaged."""
    try:
        with tarfile.open(archive, "r:gz") as tar:
            found = {path: text for member in tar for path, text in _text_of(tar, member, package)}
    except (tarfile.TarError, OSError, EOFError) as error:
        raise PackageMissing(f"{archive} cannot be read ({error}); delete it, to have it fetched anew.") from error
    return [Source(package.project, path, package.language, text) for path, text in sorted(found.items())]


def _text_of(tar: tarfile.TarFile, member: tarfile.TarInfo, package: Package) -> Iterator[tuple[str, str]]:
    path = member.name.partition("/")[2]
    if _tests.search(path):
        return
    if not member.isfile() or ".." in path.split("/") or not any(fnmatchcase(path, each) for each in package.include):
        return
    file = tar.extractfile(member)
    if file is None or member.size > MOST_CHARACTERS:
        return
    text = file.read().decode("utf-8", "replace")
    if "\r" not in text and "\ufffd" not in text and max(map(len, text.split("\n"))) <= LONGEST_LINE:
        yield path, text


@contextmanager
def laid_out(sources: Sequence[Source]) -> Iterator[Path]:
    """Put the sources into a temporary folder, each package in one of its own; they go with the context."""
    with TemporaryDirectory(prefix="tandem-eval-") as folder:
        root = Path(folder).resolve()
        for source in sources:
            path = place_of(root, source)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(source.text, "utf-8")
        yield root


def folder_of(root: Path, package: str) -> Path:
    """Say where a package lies."""
    return root / package.replace("/", "-")


def place_of(root: Path, source: Source) -> Path:
    """Say where a source lies."""
    return folder_of(root, source.package) / source.path
