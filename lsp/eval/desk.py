"""Packages laid out as somebody has them who works on them: a workspace folder each, and files open in the editor.

Invariant: while a case is asked for, its file lies on the disk with the hole, too, and what else is open is of its own
package: the answer can come from nowhere in the case's own file, and nothing from another package. Afterwards no file
is open, and all lie there as they were.
"""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from lsp.eval.sources import folder_of, laid_out, place_of
from lsp.eval.visits import visits

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
    from pathlib import Path

    from lsp.eval.sources import Source
    from lsp.headless import Editor

GLANCE_S = 0.3
"""How long somebody looks at each of the other files."""


@dataclass(frozen=True)
class Desk:
    """The packages' sources by package, laid out under `root`, and how many files stand open beside the one at hand."""

    root: Path
    packages: Mapping[str, Sequence[Source]]
    visited: int

    @property
    def folders(self) -> list[Path]:
        """The workspace's folders, one for each package."""
        return [folder_of(self.root, name) for name in self.packages]

    @contextmanager
    def holding(self, source: Source, text: str) -> Iterator[Path]:
        """Let a file hold another text on the disk for as long as the context lasts; give where it lies."""
        path = place_of(self.root, source)
        path.write_text(text, "utf-8")
        try:
            yield path
        finally:
            path.write_text(source.text, "utf-8")

    @asynccontextmanager
    async def surrounded(self, editor: Editor, source: Source, *, unhurried: bool) -> AsyncIterator[None]:
        """Have the files open that somebody has looked at before; without deadlines the looking takes no time."""
        documents = []
        for visit in visits(source, self.packages[source.package], self.visited):
            document = editor.open(place_of(self.root, visit.source), visit.source.text)
            documents.append(document)
            document.move(visit.cursor)
            await asyncio.sleep(0 if unhurried else GLANCE_S)
        try:
            yield
        finally:
            for document in documents:
                document.close()


@contextmanager
def desk(gathered: Sequence[Sequence[Source]], visited: int) -> Iterator[Desk]:
    """Lay the sources of some packages out; they go with the context."""
    packages = {sources[0].package: sources for sources in gathered if sources}
    with laid_out([source for sources in packages.values() for source in sources]) as root:
        yield Desk(root, packages, visited)
