"""The probability of acceptance: collect what it is fitted to, fit it, and look at it on files that it never saw.

    PYTHONPATH=tests .venv/bin/python tests/quality/acceptance.py collect [--model M] [--of WHAT] [--files N] [--keys N]
    PYTHONPATH=tests .venv/bin/python tests/quality/acceptance.py fit         # writes lsp/acceptance/card.toml
    PYTHONPATH=tests .venv/bin/python tests/quality/acceptance.py evaluate    # figures, and docs/acceptance.svg

`collect` types files of the packages in fitting.toml ("fitting"), and of those that `tandem eval` uses ("eval"), with
the real server and each model, or with what is named; in a workspace, with other files open, as `tandem eval` does. It
can be stopped and started again at any time, also for more files: those that are done are not typed again. What is
collected is what the model said; `fit` and `evaluate` look at it with the rules and features of today, without asking a
model. `fit` goes by the packages of fitting.toml alone, the others are for the figures.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
from quality.assessment import assess, card_text, show
from quality.collecting import chosen, collect, digest_of
from quality.looks import Typed, looked_at
from quality.offers import Stretch, read

from lsp.commands.loading import loading_screen
from lsp.errors import BadInput, TandemLspError
from lsp.eval.desk import desk
from lsp.eval.evaluation import gather
from lsp.eval.fetch import archives
from lsp.eval.manifest import Manifest, manifest
from lsp.eval.progress import Progress, say

if TYPE_CHECKING:
    from collections.abc import Callable

    from lsp.eval.sources import Source
    from lsp.status import Report

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
FITTING = HERE / "fitting.toml"
CARD = ROOT / "lsp/acceptance/card.toml"
PICTURE = ROOT / "docs/acceptance.svg"
SORTS = ("fitting", "eval")
MODELS = ("qwen2.5-coder-0.5b", "smollm2-135m")
VISITED = 2
"""Other files that stand open, as `tandem eval` has them."""


class Watch(Progress):
    """Says after each file which one it was of how many, and how long the others will take."""

    def __init__(self, starting: Callable[[Report], None]) -> None:
        super().__init__(starting)
        self._before, self._typed, self._of, self._since_s = 0, 0, 0, 0.0

    def begin_files(self, done: int, total: int) -> None:
        """Say how many are there already."""
        self._before, self._typed, self._of, self._since_s = done, 0, total, time.monotonic()
        say(f"{done} of {total} files are done")

    def typed(self, stretch: Stretch) -> None:
        """Say what came of a file."""
        self._typed += 1
        done = self._before + self._typed
        left_min = (time.monotonic() - self._since_s) / self._typed * (self._of - done) / 60
        found = f"{stretch.package}/{stretch.path}: {len(stretch.offers)} offers"
        say(f"{done} of {self._of}, {left_min:.0f} minutes to go; {found}")


def main() -> int:
    """Do what the command line says; 2 for what was asked wrongly, 1 for what could not be done."""
    options = _parser().parse_args()
    does = {"collect": _collect_all, "fit": _fit, "evaluate": _evaluate}
    try:
        does[options.command](options)
    except (BadInput, ValueError) as error:
        sys.stderr.write(f"{error}\n")
        return 2
    except TandemLspError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    except KeyboardInterrupt:
        sys.stderr.write("Stopped; the files that are done stay, and the same command goes on with the others.\n")
        return 130
    return 0


def _collect_all(options: argparse.Namespace) -> None:
    with loading_screen() as report:
        watch = Watch(report)
        for of in [options.of] if options.of else SORTS:
            gathered = _gathered(of, watch, offline=options.offline)
            sources = chosen([source for package in gathered for source in package], options.files)
            with desk(gathered, VISITED) as at:
                for model in [options.model] if options.model else MODELS:
                    say(f"{model}, {of}:")
                    arguments = ["--model", model, *(["--offline"] if options.offline else [])]
                    path = _kept(options, of, model)
                    asyncio.run(collect(arguments, sources, at, path, keys=options.keys, watch=watch))


def _gathered(of: str, watch: Progress, *, offline: bool) -> list[list[Source]]:
    packages = manifest() if of == "eval" else msgspec.toml.decode(FITTING.read_bytes(), type=Manifest)
    gathered, missing = gather(packages.packages, archives(), watch, offline=offline)
    for reason in missing:
        say(f"Left out: {reason}")
    return gathered


def _fit(options: argparse.Namespace) -> None:
    text = card_text(_read(options, "fitting"), _read(options, "eval", least=0), day=_today())
    CARD.write_text(text, "utf-8")


def _evaluate(options: argparse.Namespace) -> None:
    assessed = assess(_read(options, "eval"))
    PICTURE.write_text(assessed.picture, "utf-8")
    sys.stdout.write(msgspec.json.encode(assessed.models).decode() + "\n" if options.json else show(assessed))


def _read(options: argparse.Namespace, of: str, *, least: int = 1) -> dict[str, list[Typed]]:
    """Look at what was collected with each model. Raises ValueError where that is nothing."""
    kept = {model: stretches for model in MODELS if (stretches := read(_kept(options, of, model)))}
    if len(kept) < least:
        raise ValueError(f"There is nothing of {of} in {options.data}: run `collect` first.")
    gathered = _gathered(of, Progress(lambda _: None), offline=options.offline) if kept else []
    sources = {(source.package, source.path): source for package in gathered for source in package}
    found: dict[str, list[Typed]] = {}
    for model, stretches in kept.items():
        there = [each for each in stretches if each.file in sources]
        stale = [each.path for each in there if each.digest != digest_of(sources[each.file])]
        if stale:
            raise ValueError(f"{stale[0]} is another file by now than the one that was typed; collect anew.")
        found[model] = [looked_at(each, sources[each.file]) for each in there]
    return found


def _kept(options: argparse.Namespace, of: str, model: str) -> Path:
    path: Path = options.data / f"{of}-{model}.jsonl"
    return path


def _today() -> str:
    return datetime.now(tz=UTC).date().isoformat()


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("command", choices=("collect", "fit", "evaluate"))
    parser.add_argument("--data", type=Path, default=ROOT / "bench-results/acceptance", help="where offers are kept")
    parser.add_argument("--model", choices=MODELS, help="collect with this one alone")
    parser.add_argument("--of", choices=SORTS, help="type the files of these packages alone")
    parser.add_argument("--files", type=int, default=12, help="of each language (default: %(default)s)")
    parser.add_argument("--keys", type=int, default=60, help="of each file (default: %(default)s)")
    parser.add_argument("--offline", action="store_true", help="fetch neither packages nor models")
    parser.add_argument("--json", action="store_true", help="print the figures as one JSON object")
    return parser


if __name__ == "__main__":
    sys.exit(main())
