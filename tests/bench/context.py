"""What context from elsewhere costs in time: the same keys typed with it and without.

    PYTHONPATH=tests .venv/bin/python tests/bench/context.py [--model NAME] [--files N] [--keys N] [--pace P] [--json]

Files of the packages that `tandem eval` uses are typed in a workspace, with two others open, by the deadlines that
users have; nothing is taken, so that with and without the very same places are asked for. The two take turns, each file
with a server of its own, and the file begins with one and the next with the other, since a machine gets slower and
faster with time. Figures are over warm requests (lsp/bench/record.py); the interval is over files (bootstrap). The
machine has to be quiet.

At maximum pace each key waits for the answer to the one before, so that every request has its time, and none had more
time to be computed ahead with than without. A deadline bounds how slow an answer can be, so the share of answers that
came to their end by then is told, too. At a person's pace (`--pace real`) half of the requests are overtaken by the
next key, which counts as slower; what context does in pauses, reading the window once more, is only there.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
from typing import TYPE_CHECKING, Literal

import msgspec
import numpy as np

from engine.messages import NATURAL_STOPS
from lsp.bench.recorder import Recorder
from lsp.eval.desk import desk
from lsp.eval.evaluation import TYPED_CHARACTERS, gather
from lsp.eval.fetch import archives
from lsp.eval.intervals import NOTHING, RESAMPLES, Estimate
from lsp.eval.manifest import LANGUAGES, manifest
from lsp.eval.progress import Progress, say
from lsp.eval.variant import variant
from lsp.headless import start_editor
from lsp.replay.player import Conduct
from lsp.replay.summary import percentile
from lsp.replay.typist import type_file

if TYPE_CHECKING:
    from collections.abc import Sequence

    from lsp.bench.record import Record
    from lsp.eval.desk import Desk
    from lsp.eval.sources import Source
    from lsp.replay.player import Pace

Side = Literal["filtered", "informed"]
SIDES: tuple[Side, Side] = ("filtered", "informed")
"""Without context and with it; both show everything."""


class Found(msgspec.Struct, frozen=True, kw_only=True):
    """Milliseconds of warm requests by share; `more_ms` is what context adds, with its interval.

    `ended` are the shares of answers that came to a natural end by the deadline, without and with.
    """

    share: float
    requests: int
    ended: tuple[float, float]
    without_ms: float | None
    with_ms: float | None
    more_ms: Estimate


async def play(arguments: list[str], side: Side, source: Source, at: Desk, conduct: Conduct) -> list[Record]:
    """Type a file and give its warm requests. Raises ServerLost, EngineFailed, BadInput."""
    script = type_file(source.path, source.text)
    settings = variant(side, {}, unhurried=False).settings
    with at.holding(source, script.start) as path:
        async with start_editor(arguments, settings, folders=at.folders) as editor:
            await editor.ready(lambda _: None)
            async with at.surrounded(editor, source, unhurried=False):
                player = Recorder(script, editor.open(path, script.start), conduct, editor)
                await player.play()
    return [record for record in player.records if record.kind == "warm"]


def compare(pairs: Sequence[dict[Side, list[Record]]], share: float) -> Found:
    """Set one percentile of all files beside the other's, and resample the files."""
    draws = np.random.default_rng(0).integers(len(pairs), size=(RESAMPLES, len(pairs)))
    found = [more for draw in draws if (more := _more([pairs[each] for each in draw], share)) is not None]
    value = _more(pairs, share)
    ends = np.percentile(found, (2.5, 97.5)) if found else ()
    return Found(
        share=share,
        requests=sum(len(pair["informed"]) for pair in pairs),
        ended=(_ended(pairs, "filtered"), _ended(pairs, "informed")),
        without_ms=_percentile(pairs, "filtered", share),
        with_ms=_percentile(pairs, "informed", share),
        more_ms=NOTHING if value is None else Estimate(round(value, 2), *(round(float(end), 2) for end in ends)),
    )


def _more(pairs: Sequence[dict[Side, list[Record]]], share: float) -> float | None:
    without, informed = (_percentile(pairs, side, share) for side in SIDES)
    return None if without is None or informed is None else informed - without


def _ended(pairs: Sequence[dict[Side, list[Record]]], side: Side) -> float:
    shown = [record for pair in pairs for record in pair[side] if record.outcome == "shown"]
    return round(sum(record.stop in NATURAL_STOPS for record in shown) / max(len(shown), 1), 4)


def _percentile(pairs: Sequence[dict[Side, list[Record]]], side: Side, share: float) -> float | None:
    records = [record for pair in pairs for record in pair[side]]
    ended = [record.ms for record in records if record.outcome != "overtaken"]
    return percentile(share, ended, [record.ms for record in records if record.outcome == "overtaken"])


async def measure(arguments: list[str], files: int, keys: int, pace: Pace) -> list[dict[Side, list[Record]]]:
    """Type so many files of each language, with and without. Raises PackageMissing, ServerLost, EngineFailed."""
    gathered, _ = gather(manifest().packages, archives(), Progress(lambda _: None), offline=False)
    every = [source for package in gathered for source in package if len(source.text) in TYPED_CHARACTERS]
    every.sort(key=lambda source: (len(source.text), source.package, source.path))
    chosen = [[source for source in every if source.language == language] for language in LANGUAGES]
    sources = [source for each in chosen for source in each[len(each) // 2 :][:files]]
    pairs: list[dict[Side, list[Record]]] = []
    with desk(gathered, visited=2) as at:
        for number, source in enumerate(sources):
            conduct = Conduct(pace=pace, seed=number, keys=keys, accept="never")
            sides = SIDES if number % 2 else SIDES[::-1]
            pairs.append({side: await play(arguments, side, source, at, conduct) for side in sides})
            say(f"{number + 1} of {len(sources)}: {source.package}/{source.path}")
    return pairs


def main() -> None:
    """Print the middle and the slow end, with and without."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0] if __doc__ else None)
    parser.add_argument("--model", default="auto", help="a model's name or a bundle's folder")
    parser.add_argument("--files", type=int, default=6, help="of each language (default: %(default)s)")
    parser.add_argument("--keys", type=int, default=100, help="of each, twice (default: %(default)s)")
    parser.add_argument("--pace", choices=("max", "real"), default="max", help="(default: %(default)s)")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    options = parser.parse_args()
    say("Answers are timed: let nothing else work on this machine meanwhile.")
    pairs = asyncio.run(measure(["--model", options.model], options.files, options.keys, options.pace))
    found = [compare(pairs, share) for share in (0.5, 0.95)]
    if options.json:
        sys.stdout.write(msgspec.json.encode({"model": options.model, "context": found}).decode() + "\n")
        return
    without, informed = found[0].ended
    sys.stdout.write(f"answers that came to their end in time: {without:.0%} without, {informed:.0%} with context\n")
    for each in found:
        more = each.more_ms
        sys.stdout.write(
            f"p{100 * each.share:.0f} of {each.requests} warm requests: {each.without_ms} ms without, {each.with_ms} "
            f"with context; {more.value} more [{more.low}..{more.high}]\n"
        )


if __name__ == "__main__":
    main()
