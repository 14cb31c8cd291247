"""What the disk has to say of a document: where it is at home, and what the files that it imports define.

Invariant: nothing of it happens in the event loop. A gathering looks at the imported files, then at what these import,
and at no further ones, each of which `lsp.trigger` lets through, by its name before it is read and with its links
followed, inside of the workspace.
Outlines are kept by path, time of change and size, so that a file is read once as long as it stays the same.
"""

from __future__ import annotations

from collections import OrderedDict
from itertools import islice, zip_longest
from typing import TYPE_CHECKING, NamedTuple

from lsp.context.disk import Disk
from lsp.context.languages.language import Importer
from lsp.context.languages.table import identifier_of, language_of
from lsp.context.outline import outline
from lsp.context.statements import imports
from lsp.context.workspace import Home, file_of, home_of
from lsp.document import Document
from lsp.text import sound
from lsp.trigger import refusal, refusal_by_name

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from lsp.context.definition import Definition
    from lsp.context.disk import Stamp
    from lsp.context.languages.language import Language
    from lsp.settings import Settings

MOST_FILES = 40
"""Files that are outlined for one document: those that it imports, in that order, before those that these import."""
MOST_BYTES = 400_000
"""A larger file is no source that somebody wrote."""
MOST_OUTLINES = 512


class Outline(NamedTuple):
    """What one file defines; `path` is that from its workspace folder on."""

    path: str
    definitions: tuple[Definition, ...]


class Gathered(NamedTuple):
    """What was found for a document; without a home nothing is."""

    home: Home | None = None
    outlines: tuple[Outline, ...] = ()


class Wanted(NamedTuple):
    """What to gather for: a document's address, language and imports, and what bounds the search."""

    uri: str
    language: str
    statements: tuple[str, ...]
    folders: tuple[Path, ...]
    settings: Settings


class _Known(NamedTuple):
    """What is known of a file as long as it stays the same."""

    definitions: tuple[Definition, ...] = ()
    statements: tuple[str, ...] = ()


class Library:
    """Outlines of files. Lives in the thread that gathers."""

    def __init__(self) -> None:
        self._kept: OrderedDict[Path, tuple[Stamp, _Known]] = OrderedDict()

    def gather(self, wanted: Wanted) -> Gathered:
        """Find what there is for a document; whatever cannot be read is not there."""
        disk = Disk()
        file = file_of(wanted.uri)
        home = home_of(file, wanted.folders, disk) if file else None
        if home is None or not wanted.settings.reads("imported"):
            return Gathered(home)
        importer = Importer(home.file, home.folder, wanted.statements)
        found = self._found(importer, language_of(wanted.language), wanted.settings, disk)
        outlines = (
            Outline(file.relative_to(home.folder).as_posix(), known.definitions)
            for file, known in found
            if known.definitions
        )
        return Gathered(home, tuple(islice(outlines, MOST_FILES)))

    def _found(
        self, importer: Importer, language: Language, settings: Settings, disk: Disk
    ) -> Iterator[tuple[Path, _Known]]:
        """Read the imported files, and then, one after the other for each of these, what it imports."""
        seen = {importer.file}
        further: list[Iterator[Path]] = []
        for file in _allowed(importer.root, language.find(importer, disk), settings, disk, seen):
            known = self._outline(file, settings, disk)
            yield file, known
            language = language_of(identifier_of(file))
            further.append(language.find(Importer(file, importer.root, known.statements), disk))
        turns = (file for turn in zip_longest(*further) for file in turn if file is not None)
        for file in _allowed(importer.root, turns, settings, disk, seen):
            yield file, self._outline(file, settings, disk)

    def _outline(self, file: Path, settings: Settings, disk: Disk) -> _Known:
        stamp = disk.stamp(file)
        if stamp is None or stamp.size_bytes > MOST_BYTES:
            return _Known()
        kept = self._kept.get(file)
        if kept is None or kept[0] != stamp:
            kept = stamp, self._read(file, settings, disk)
            self._kept[file] = kept
        self._kept.move_to_end(file)
        if len(self._kept) > MOST_OUTLINES:
            self._kept.popitem(last=False)
        return kept[1]

    def _read(self, file: Path, settings: Settings, disk: Disk) -> _Known:
        identifier = identifier_of(file)
        document = Document(file.as_uri(), identifier, 0, sound(disk.text(file, MOST_BYTES) or ""), "utf-32")
        if refusal(document, settings):
            return _Known()
        language = language_of(identifier)
        statements = tuple(statement.text for statement in imports(document.lines, language.statement))
        return _Known(outline(document.lines, language), statements)


def _allowed(root: Path, found: Iterator[Path], settings: Settings, disk: Disk, seen: set[Path]) -> Iterator[Path]:
    """Follow links, and leave out what was seen before, lies outside, or is refused by either name."""
    for each in found:
        real = disk.resolved(each)
        if real is None or real in seen or not real.is_relative_to(root):
            continue
        seen.add(real)
        if not any(refusal_by_name(name.as_uri(), identifier_of(name), settings) for name in (each, real)):
            yield real
