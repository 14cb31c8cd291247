r"""What can be seen from a place: all that the background may be chosen from.

Invariant: a source that is switched off, and a document that is refused, is not at home in the workspace, or in another
project than this one, gives nothing. Text has \\n for every line ending and no lone surrogates.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from lsp.context.choice import Material, Piece
from lsp.context.languages.table import identifier_of, language_of
from lsp.context.scopes import headers
from lsp.context.statements import imports
from lsp.context.window import plain
from lsp.context.words import identifiers
from lsp.text import sound
from lsp.trigger import refusal, refusal_by_name

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from lsp.context.clipped import Clipped
    from lsp.context.gathering import Gathered, Outline
    from lsp.context.recent import Recent
    from lsp.context.window import Window
    from lsp.context.workspace import Home
    from lsp.document import Document
    from lsp.settings import Settings, Source


class Sight(NamedTuple):
    """Where one looks from."""

    document: Document
    line: int
    around: Window


class Elsewhere(NamedTuple):
    """What was done in all documents lately; `known` tells what the disk said of an open one."""

    recent: Recent
    clipped: Clipped
    known: Callable[[str], Gathered]


def material(sight: Sight, settings: Settings, gathered: Gathered, elsewhere: Elsewhere) -> Material:
    """Put together what there is to choose from."""
    document, line, around = sight
    recent, clipped, known = elsewhere
    home = gathered.home
    statements = list(imports(document.lines, language_of(document.language).statement))
    above = [plain(statement.text) for statement in statements if statement.line < around.first]
    around_it = headers(document.lines, line, around.first) if settings.reads("scopes") else []
    visits = [(visit.document, visit.text) for visit in recent.elsewhere(document)] if settings.reads("recent") else []
    clips = [(clip.document, clip.text) for clip in clipped.latest()] if settings.reads("clipped") else []

    def pieces(source: Source, found: list[tuple[Document, str]]) -> Iterator[Piece]:
        for other, text in found:
            place = known(other.uri).home
            if place and home and place.folder == home.folder and not _is_refused(other, place, settings):
                yield Piece(source, _label(place.path), plain(text))

    return Material(
        project=_label(home.folder.name) if home and settings.reads("path") else "",
        path=_label(home.path) if home and settings.reads("path") else "",
        near=around.prefix[around.near.start :] + around.steady_suffix[: around.near.end],
        at=len(around.prefix) - around.near.start,
        window=around.prefix + around.suffix,
        imports=above if settings.reads("imports") else (),
        imported_names=frozenset(identifiers("\n".join(statement.text for statement in statements))),
        scopes=[plain(text) for text in around_it],
        outlines=tuple(_let_through(gathered, settings)),
        recent=tuple(pieces("recent", visits)),
        clipped=tuple(pieces("clipped", clips)),
    )


def _let_through(gathered: Gathered, settings: Settings) -> Iterator[Outline]:
    """Give the outlines of files that are not refused by now."""
    if gathered.home is None or not settings.reads("imported"):
        return
    for outline in gathered.outlines:
        file = gathered.home.folder / outline.path
        if not refusal_by_name(file.as_uri(), identifier_of(file), settings):
            yield outline._replace(path=_label(outline.path))


def _is_refused(document: Document, home: Home, settings: Settings) -> bool:
    """Whether a document is not to be read, by its own name or by that of the file that a link leads to."""
    linked = refusal_by_name(home.file.as_uri(), document.language, settings)
    return bool(linked or refusal(document, settings))


def _label(path: str) -> str:
    """Write a path or a name on one line, as the model may read it."""
    return " ".join(sound(path).splitlines())
