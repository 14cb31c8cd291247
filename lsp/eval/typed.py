"""Held-out files typed by somebody who takes what is right: what suggestions are worth over a stretch of work.

Invariant: a suggestion counts once, when it first comes up; what is left of it while it is typed through is no other.
It is right if all of it, or its first line, is exactly what would be typed next, else wrong.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from lsp.bench.recorder import Nobody
from lsp.eval.intervals import Estimate, ratio
from lsp.eval.sources import folder_of, place_of
from lsp.headless import start_editor
from lsp.replay.player import Conduct, Player
from lsp.replay.script import keys_typing
from lsp.replay.typist import type_file

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from lsp.eval.sources import Source
    from lsp.eval.variant import Variant
    from lsp.headless import Answer, Document
    from lsp.replay.script import Script
    from lsp.status import Report


class Stretch(msgspec.Struct, frozen=True, kw_only=True):
    """One file: characters written, of which so many were accepted, and its suggestions."""

    file: str
    requests: int
    characters: int
    accepted_characters: int
    shown: int
    right: int
    accepted: int


class Typed(msgspec.Struct, frozen=True, kw_only=True):
    """All files. Intervals are over files, so those of few files say little.

    `keystrokes_saved` is the share of characters that came from suggestions, `shown` of requests that brought a new
    one, `accepted` and `wrong` are shares of those shown.
    """

    files: tuple[Stretch, ...]
    keystrokes_saved: Estimate
    shown: Estimate
    accepted: Estimate
    wrong: Estimate


class Judging(Player):
    """Plays a script, and says of each suggestion whether it was right."""

    def __init__(self, script: Script, document: Document, conduct: Conduct) -> None:
        super().__init__(script, document, conduct, Nobody())
        self.shown = 0
        self.right = 0

    async def _answered(self, answer: Answer) -> None:
        await super()._answered(answer)
        if answer.text and (answer.provenance is None or answer.provenance.source != "typed-through"):
            self.shown += 1
            texts = {answer.text, answer.text.split("\n")[0]}
            self.right += any(keys_typing(self._script.keys, self._next, self._cursor, text) for text in texts)


async def type_all(
    arguments: Sequence[str],
    way: Variant,
    sources: Sequence[Source],
    root: Path,
    *,
    keys: int,
    report: Callable[[Report], None],
    progress: Callable[[], None],
) -> Typed:
    """Type so many keys of each file, waiting for each answer. Raises ServerLost, EngineFailed, BadInput."""
    stretches: list[Stretch] = []
    folders = sorted({folder_of(root, source) for source in sources})
    async with start_editor(arguments, way.settings, folders=folders) as editor:
        await editor.ready(report)
        for source in sources:
            script = type_file(source.path, source.text)
            document = editor.open(place_of(root, source), script.start)
            player = Judging(script, document, Conduct(pace="max", keys=keys))
            tally = await player.play()
            document.close()
            stretches.append(
                Stretch(
                    file=f"{source.package}/{source.path}",
                    requests=tally.requests,
                    characters=tally.characters,
                    accepted_characters=tally.accepted_characters,
                    shown=player.shown,
                    right=player.right,
                    accepted=tally.accepts,
                )
            )
            progress()
    return sum_up(stretches)


def sum_up(stretches: Sequence[Stretch]) -> Typed:
    """Put the files together."""
    shown = [each.shown for each in stretches]
    return Typed(
        files=tuple(stretches),
        keystrokes_saved=ratio([s.accepted_characters for s in stretches], [s.characters for s in stretches]),
        shown=ratio(shown, [s.requests for s in stretches]),
        accepted=ratio([s.accepted for s in stretches], shown),
        wrong=ratio([s.shown - s.right for s in stretches], shown),
    )
