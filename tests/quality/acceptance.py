"""The probability of acceptance: collect what it is fitted to, fit it, and look at it on files that it never saw.

    PYTHONPATH=tests .venv/bin/python tests/quality/acceptance.py collect [--model M] [--of WHAT] [--files N] [--keys N]
    PYTHONPATH=tests .venv/bin/python tests/quality/acceptance.py fit         # writes lsp/acceptance/card.toml
    PYTHONPATH=tests .venv/bin/python tests/quality/acceptance.py evaluate    # figures, and docs/acceptance.svg

`collect` types files of the packages in fitting.toml ("fitting"), and of those that `tandem eval` uses ("eval"), with
the real server and each model, or with what is named. It can be stopped and started again at any time, also for more
files: those that are done are not typed again. `fit` goes by the former alone, the latter are for the figures.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
from datetime import UTC, datetime
from pathlib import Path

import msgspec
from quality.assessment import assess, card_text, show
from quality.collecting import chosen, collect
from quality.offers import Stretch, read

from lsp.commands.loading import loading_screen
from lsp.errors import BadInput, TandemLspError
from lsp.eval.evaluation import gather
from lsp.eval.fetch import archives
from lsp.eval.manifest import Manifest, manifest

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
FITTING = HERE / "fitting.toml"
CARD = ROOT / "lsp/acceptance/card.toml"
PICTURE = ROOT / "docs/acceptance.svg"
SORTS = ("fitting", "eval")
MODELS = ("qwen2.5-coder-0.5b", "smollm2-135m")


class Watch:
    """Says how far it is, on standard error."""

    def fetching(self, packages: object, folder: Path) -> None:
        """Say that something is downloaded."""
        del packages
        self.say(f"Fetching packages into {folder}.")

    def begin(self, title: str, total: int) -> None:
        """Say what begins."""
        self.say(f"{title}, {total} to go")

    def step(self) -> None:
        """Nothing to say of a single step."""

    def typed(self, stretch: Stretch) -> None:
        """Say what came of a file."""
        right = sum(offer.right for offer in stretch.offers)
        self.say(f"{stretch.package}/{stretch.path}: {len(stretch.offers)} offers, {right} of them right")

    def say(self, text: str) -> None:
        """Write a line."""
        sys.stderr.write(text + "\n")
        sys.stderr.flush()


def main() -> int:
    """Do what the command line says; 2 for what was asked wrongly, 1 for what could not be done."""
    options = _parser().parse_args()
    try:
        return _collect_all(options) if options.command == "collect" else _look(options)
    except (BadInput, ValueError) as error:
        sys.stderr.write(f"{error}\n")
        return 2
    except TandemLspError as error:
        sys.stderr.write(f"{error}\n")
        return 1


def _collect_all(options: argparse.Namespace) -> int:
    watch = Watch()
    for of in [options.of] if options.of else SORTS:
        for model in [options.model] if options.model else MODELS:
            watch.say(f"{model}, {of}:")
            _collect(model, of, options, watch)
    return 0


def _collect(model: str, of: str, options: argparse.Namespace, watch: Watch) -> None:
    packages = manifest() if of == "eval" else msgspec.toml.decode(FITTING.read_bytes(), type=Manifest)
    gathered, missing = gather(packages.packages, archives(), watch, offline=options.offline)
    for reason in missing:
        watch.say(f"Left out: {reason}")
    sources = chosen([source for package in gathered for source in package], options.files)
    path = options.data / f"{of}-{model}.jsonl"
    arguments = ["--model", model, *(["--offline"] if options.offline else [])]
    with loading_screen() as report:
        asyncio.run(collect(arguments, sources, path, keys=options.keys, report=report, progress=watch.typed))


def _look(options: argparse.Namespace) -> int:
    fitting, held_out = (
        {model: found for model in MODELS if (found := read(options.data / f"{of}-{model}.jsonl"))} for of in SORTS
    )
    if not (fitting if options.command == "fit" else held_out):
        raise ValueError(f"There is nothing in {options.data}: run `collect` first.")
    if options.command == "fit":
        CARD.write_text(card_text(fitting, held_out, day=datetime.now(tz=UTC).date().isoformat()), "utf-8")
        return 0
    assessed = assess(held_out)
    PICTURE.write_text(assessed.picture, "utf-8")
    sys.stdout.write(msgspec.json.encode(assessed.models).decode() + "\n" if options.json else show(assessed))
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("command", choices=("collect", "fit", "evaluate"))
    parser.add_argument("--data", type=Path, default=ROOT / "bench-results/acceptance", help="where offers are kept")
    parser.add_argument("--model", choices=MODELS, help="collect with this one alone")
    parser.add_argument("--of", choices=SORTS, help="type the files of these packages alone")
    parser.add_argument("--files", type=int, default=12, help="of each language (default: %(default)s)")
    parser.add_argument("--keys", type=int, default=100, help="of each file (default: %(default)s)")
    parser.add_argument("--offline", action="store_true", help="fetch neither packages nor models")
    parser.add_argument("--json", action="store_true", help="print the figures as one JSON object")
    return parser


if __name__ == "__main__":
    sys.exit(main())
