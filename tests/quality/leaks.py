"""How often a special token shows as text: suggestions are counted until there are enough of them.

    PYTHONPATH=tests .venv/bin/python tests/quality/leaks.py [--answers N] [--model NAME] [--device NAME]

Files of the packages that `tandem eval` cuts its cases from are typed, one after the other, without a deadline and with
nothing taken, so that every place is asked for; everything is shown, however unsure. The small model needs a tenth of a
second for a suggestion. What is left of one while it is typed through is not counted again.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
from typing import TYPE_CHECKING

from lsp.bench.recorder import Nobody
from lsp.commands.options import DEVICES
from lsp.errors import BadInput
from lsp.eval.desk import desk
from lsp.eval.draw import draw
from lsp.eval.evaluation import gather
from lsp.eval.fetch import archives
from lsp.eval.intervals import share
from lsp.eval.leaks import leaked
from lsp.eval.manifest import manifest
from lsp.eval.progress import Progress, say
from lsp.eval.variant import BASE, variant
from lsp.headless import start_editor
from lsp.replay.player import Conduct, Player
from lsp.replay.typist import type_file

if TYPE_CHECKING:
    from lsp.eval.desk import Desk
    from lsp.eval.sources import Source
    from lsp.headless import Answer, Document, Editor
    from lsp.replay.script import Script

SMALL = "smollm2-135m"


class Counting(Player):
    """Types a script and looks for special tokens in all that is suggested, until so many have been seen."""

    def __init__(self, script: Script, document: Document, most: int) -> None:
        super().__init__(script, document, Conduct(pace="max", accept="never"), Nobody())
        self.shown = 0
        self.leaked: list[str] = []
        self._most = most

    async def _answered(self, answer: Answer) -> None:
        await super()._answered(answer)
        if answer.text and (answer.provenance is None or answer.provenance.source != "typed-through"):
            self.shown += 1
            self.leaked += leaked(answer.text, self._document.text)
        if self.shown == self._most:
            self._next = len(self._script.keys)


async def count(editor: Editor, sources: list[Source], at: Desk, answers: int) -> tuple[int, list[str]]:
    """Type the sources until so many suggestions have been seen; give how many there were, and what leaked."""
    shown, found = 0, list[str]()
    for source in sources:
        if shown >= answers:
            break
        try:
            script = type_file(source.path, source.text)
        except BadInput:
            continue  # nothing in it to type
        with at.holding(source, script.start) as path:
            async with at.surrounded(editor, source, unhurried=True):
                document = editor.open(path, script.start)
                player = Counting(script, document, answers - shown)
                await player.play()
                document.close()
        shown += player.shown
        found += player.leaked
        say(f"{shown} of {answers} suggestions, {len(found)} special tokens in them")
    return shown, found


async def measure(arguments: list[str], answers: int, *, offline: bool) -> tuple[int, list[str]]:
    """Start the server and count. Raises PackageMissing, ServerLost, EngineFailed."""
    gathered, _ = gather(manifest().packages, archives(), Progress(lambda _: None), offline=offline)
    sources = [source for package in gathered for source in package]
    sources.sort(key=lambda source: draw("leaks", source.package, source.path))
    with desk(gathered, visited=2) as at:
        settings = variant(BASE, {}, unhurried=True).settings
        async with start_editor(arguments, settings, folders=at.folders) as editor:
            await editor.ready(lambda _: None)
            return await count(editor, sources, at, answers)


def main() -> None:
    """Print what was found; exit code 1 if anything leaked."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0] if __doc__ else None)
    parser.add_argument("--answers", type=int, default=10_000, help="suggestions to see (default: %(default)s)")
    parser.add_argument("--model", default=SMALL, help="a model's name or a bundle's folder (default: %(default)s)")
    parser.add_argument("--device", default="auto", choices=DEVICES)
    parser.add_argument("--offline", action="store_true", help="fetch nothing")
    options = parser.parse_args()
    arguments = ["--model", options.model, "--device", options.device]
    shown, found = asyncio.run(measure(arguments, options.answers, offline=options.offline))
    most = share(len(found), shown).high
    sys.stdout.write(
        f"{len(found)} special tokens in {shown} suggestions of {options.model} (at most {most}): {found}\n"
    )
    sys.exit(bool(found))


if __name__ == "__main__":
    main()
