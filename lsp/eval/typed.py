"""Held-out files typed by somebody who takes what is right.

Invariant: while a file is typed it lies on the disk as it was before: what is to be typed is nowhere to be read. A
stretch that is in the ledger is not typed again.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from lsp.bench.recorder import Nobody
from lsp.eval.draw import digest
from lsp.eval.leaks import leaked
from lsp.eval.stretch import Stretch
from lsp.headless import start_editor
from lsp.replay.player import Conduct, Player
from lsp.replay.script import keys_typing
from lsp.replay.typist import type_file

if TYPE_CHECKING:
    from collections.abc import Sequence

    from lsp.eval.asking import Watch
    from lsp.eval.desk import Desk
    from lsp.eval.ledger import Circumstances, Ledger
    from lsp.eval.sources import Source
    from lsp.eval.variant import Variant
    from lsp.headless import Answer, Document, Editor
    from lsp.replay.script import Script


class Judging(Player):
    """Plays a script, and says of each suggestion whether it was right."""

    def __init__(self, script: Script, document: Document, conduct: Conduct) -> None:
        super().__init__(script, document, conduct, Nobody())
        self.shown = 0
        self.right = 0
        self.accepted = 0
        self._untaken = False
        self.leaked: list[str] = []

    async def _answered(self, answer: Answer) -> None:
        before = self._ghost
        await super()._answered(answer)
        if answer.text and answer.text != before:  # else it is on screen already
            self.shown += 1
            self._untaken = True
            self.right += bool(keys_typing(self._script.keys, self._next, self._cursor, answer.text))
            self.leaked += leaked(answer.text, self._document.text)

    def _take(self, text: str, covered: int) -> None:
        super()._take(text, covered)
        self.accepted += self._untaken
        self._untaken = False


async def type_all(
    arguments: Sequence[str],
    way: Variant,
    sources: Sequence[Source],
    desk: Desk,
    *,
    keys: int,
    where: Circumstances,
    ledger: Ledger,
    watch: Watch,
) -> list[Stretch]:
    """Type so many keys of each file, waiting for each answer. Raises ServerLost, EngineFailed, BadInput."""
    watch.begin(f"{way.name}: files typed", len(sources))
    found = {digest: ledger.stretch(where, way.settings, digest) for digest in (_digest(s, keys) for s in sources)}
    if None in found.values():
        async with start_editor(arguments, way.settings, folders=desk.folders) as editor:
            await editor.ready(watch.starting)
            for source in sources:
                if found[_digest(source, keys)] is None:
                    stretch = await type_one(editor, source, desk, keys)
                    ledger.add(where, way.settings, stretch)
                    found[stretch.digest] = stretch
                watch.step()
    return [stretch for stretch in found.values() if stretch is not None]


async def type_one(editor: Editor, source: Source, desk: Desk, keys: float) -> Stretch:
    """Type so many keys of a file, with the files open that go with it. Raises ServerLost, BadInput."""
    script = type_file(source.path, source.text)
    with desk.holding(source, script.start) as path:
        async with desk.surrounded(editor, source, unhurried=True):
            document = editor.open(path, script.start)
            player = Judging(script, document, Conduct(pace="max", keys=keys))
            tally = await player.play()
            document.close()
    return Stretch(
        file=f"{source.package}/{source.path}",
        digest=_digest(source, keys),
        requests=tally.requests,
        characters=tally.characters,
        accepted_characters=tally.accepted_characters,
        shown=player.shown,
        right=player.right,
        accepted=player.accepted,
        takes=tally.accepts,
        retained=tally.retained,
        leaked=tuple(player.leaked),
    )


def _digest(source: Source, keys: float) -> str:
    """Tell a stretch from every other one, of this version of its file or of another."""
    return digest("typed, each showing", source.package, source.path, keys, source.text)
