"""Held-out files typed with nothing on screen, and every answer looked at: how offers are collected.

Invariant: what is asked is asked of the real server, with the settings that users have, in a workspace with other files
open, as `tandem eval` does; only time does not count, and nothing is shown. So the figures are those that the server
computed for what users get, and depend on no clock. A file that is done is kept at once, and not typed again.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from quality.offers import Offer, Stretch, append, read

from lsp.bench.recorder import Nobody
from lsp.errors import EngineFailed
from lsp.eval.draw import digest, draw
from lsp.eval.evaluation import TYPED_CHARACTERS
from lsp.eval.manifest import LANGUAGES
from lsp.headless import start_editor
from lsp.outcome import REMOVING
from lsp.replay.clock import UNHURRIED
from lsp.replay.player import Conduct, Player
from lsp.replay.typist import type_file

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from lsp.eval.desk import Desk
    from lsp.eval.sources import Source
    from lsp.headless import Answer, Document, Editor
    from lsp.replay.script import Script
    from lsp.status import Report

TRIES = 5
"""How often a file is begun before its collecting is given up."""

SETTINGS: dict[str, object] = {**UNHURRIED, "eagerness": "nothing"}


class Watch(Protocol):
    """Somebody who wants to know how far it is."""

    def starting(self, status: Report) -> None:
        """Hear how far the server's start is."""
        ...

    def begin_files(self, done: int, total: int) -> None:
        """Hear how many of the files are done already."""
        ...

    def typed(self, stretch: Stretch) -> None:
        """Hear what came of one more."""
        ...


def chosen(sources: Sequence[Source], files: int) -> list[Source]:
    """Draw so many files of each language, languages taking turns; fewer are the first of more."""
    drawn: list[tuple[int, int, Source]] = []
    for turn, language in enumerate(LANGUAGES):
        fitting = [each for each in sources if each.language == language and len(each.text) in TYPED_CHARACTERS]
        drawn += [(rank, turn, each) for rank, each in enumerate(sorted(fitting, key=_drawn)[:files])]
    return [source for _, _, source in sorted(drawn, key=lambda each: each[:2])]


def _drawn(source: Source) -> int:
    return draw(source.package, source.path)


def digest_of(source: Source) -> str:
    """Tell a file, as it is, from all others."""
    return digest(source.package, source.path, source.text)


class Collector(Player):
    """Plays a script, sees nothing, and notes what there was to see."""

    def __init__(self, script: Script, document: Document, keys: int) -> None:
        super().__init__(script, document, Conduct(pace="max", keys=keys), Nobody())
        self._opened = document
        self.offers: list[Offer] = []

    async def _answered(self, answer: Answer) -> None:
        await super()._answered(answer)
        told = await self._opened.explain(self._cursor)
        if told is not None and told.kind is not None and told.source is None and told.reason != REMOVING:
            raise EngineFailed(f"The engine gave no answer ({told.reason}); start it again, files that are done stay.")
        if told is None or not told.candidates or not told.candidates[0].said:
            return  # nothing was to be asked here, or there was nothing to say
        first = told.candidates[0]
        self.offers.append(Offer(self._next, first.said, told.log_probabilities, told.token_ends, first.stop))


async def collect(
    arguments: Sequence[str], sources: Sequence[Source], desk: Desk, path: Path, *, keys: int, watch: Watch
) -> None:
    """Type so many keys of each source that is not in the file yet. Raises ServerLost, EngineFailed, BadInput."""
    known = {stretch.digest for stretch in read(path) if stretch.visited == desk.visited}
    left = [source for source in sources if digest_of(source) not in known]
    watch.begin_files(len(sources) - len(left), len(sources))
    if not left:
        return
    async with start_editor(arguments, SETTINGS, folders=desk.folders) as editor:
        model = (await editor.ready(watch.starting)).model
        for source in left:
            stretch = await _type_patiently(editor, source, desk, model, keys)
            append(path, stretch)
            watch.typed(stretch)


async def _type_patiently(editor: Editor, source: Source, desk: Desk, model: str, keys: int) -> Stretch:
    """Type a source again from its beginning where the engine was lost, as happens on a machine that has no time."""
    for _ in range(TRIES - 1):
        try:
            return await _type(editor, source, desk, model, keys)
        except EngineFailed:
            await editor.ready(lambda _: None)
    return await _type(editor, source, desk, model, keys)


async def _type(editor: Editor, source: Source, desk: Desk, model: str, keys: int) -> Stretch:
    script = type_file(source.path, source.text)
    with desk.holding(source, script.start) as path:
        async with desk.surrounded(editor, source, unhurried=True):
            document = editor.open(path, script.start)
            collector = Collector(script, document, keys)
            try:
                await collector.play()
            finally:
                document.close()
    return Stretch(
        model=model,
        package=source.package,
        path=source.path,
        digest=digest_of(source),
        language=source.language,
        visited=desk.visited,
        characters=tuple(key.characters for key in script.keys[:keys]),
        offers=tuple(collector.offers),
    )
