"""A folder of source files, and what is gathered for one of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lsp.context.gathering import Gathered, Library, Wanted
from lsp.context.languages.table import identifier_of, language_of
from lsp.context.statements import imports
from lsp.settings import Settings
from lsp.text import split_lines

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path


def write(root: Path, files: Mapping[str, str]) -> None:
    for path, text in files.items():
        file = root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(text.encode())


def gather(
    root: Path,
    path: str,
    *,
    settings: Settings = Settings(),  # noqa: B008 - frozen
    library: Library | None = None,
    workspace: bool = True,
) -> Gathered:
    """Gather for a file of a workspace, or of none."""
    file = root / path
    language = identifier_of(file)
    statements = imports(split_lines(file.read_bytes().decode()), language_of(language).statement)
    folders = (root,) if workspace else ()
    texts = tuple(statement.text for statement in statements)
    return (library or Library()).gather(Wanted(file.as_uri(), language, texts, folders, settings))


def imported(root: Path, path: str, *, settings: Settings = Settings()) -> list[str]:  # noqa: B008 - frozen
    """Give the paths of the files that were outlined for a file."""
    return [outline.path for outline in gather(root, path, settings=settings).outlines]
