"""`tandem eval`: how good suggestions are on code that the models cannot have seen, beside the bare model.

Invariant: with `--json` standard output holds one object and nothing else. What is to be downloaded is said
before it is.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from lsp.commands.files import check_file
from lsp.commands.loading import loading_screen
from lsp.commands.options import ServerChoice, add_server_options
from lsp.errors import BadInput
from lsp.eval.cut import KINDS, Kind
from lsp.eval.evaluation import Wanted, Ways, evaluate, gather, recall
from lsp.eval.fetch import archives
from lsp.eval.ledger import Ledger
from lsp.eval.manifest import LANGUAGES, Language, manifest
from lsp.eval.markdown import page
from lsp.eval.progress import Progress, say
from lsp.eval.table import show
from lsp.eval.variant import NAMES, Name, ablations, variant

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from lsp.eval.report import Evaluation

_DESCRIPTION = """\
How good suggestions are: holes cut out of published packages that are newer than the models, asked for through the real
server, in four ways. bare: the model between prefix and suffix, everything shown; filtered: with what Tandem cuts off,
without context from elsewhere; informed: as you have it, but showing everything; tandem: as you have it, silent where
it is unsure."""


class Arguments(ServerChoice, kw_only=True):
    """The command line, parsed."""

    json: bool
    cases: int
    kinds: tuple[Kind, ...]
    languages: tuple[Language, ...]
    variants: tuple[Name, ...]
    changes: list[tuple[str, object]]
    ablate: bool
    visited: int
    no_deadline: bool
    typed: int
    keys: int
    keep: Path | None
    report: Path | None

    def ways(self, *, unhurried: bool) -> Ways:
        """Give the ways of asking. Raises BadInput."""
        changes = dict(self.changes)
        names = [name for name in NAMES if name in self.variants]
        left_out = ablations(changes, unhurried=unhurried) if self.ablate else []
        return Ways([variant(name, changes, unhurried=unhurried) for name in names], left_out)

    def wanted(self) -> Wanted:
        """Say what is to be measured."""
        return Wanted(
            cases=self.cases,
            kinds=self.kinds,
            visited=self.visited,
            typed_files=self.typed,
            keys=self.keys,
            unhurried=self.no_deadline,
        )


def main(arguments: Sequence[str], prog: str) -> int:
    """Evaluate and print."""
    chosen = msgspec.convert(vars(_parser(prog).parse_args(arguments)), Arguments)
    if chosen.report is not None:
        sys.stdout.write(page(_recalled(chosen, chosen.report)))
        return 0
    found = _evaluate(chosen)
    if chosen.json:
        sys.stdout.write(msgspec.json.encode(found).decode() + "\n")
    else:
        show(found)
    return 0


def _evaluate(chosen: Arguments) -> Evaluation:
    ways, ledger = chosen.ways(unhurried=chosen.no_deadline), Ledger(chosen.keep)
    packages = [each for each in manifest().packages if each.language in chosen.languages]
    with loading_screen() as report:
        watch = Progress(report)
        gathered, missing = gather(packages, archives(), watch, offline=chosen.offline)
        for reason in missing:
            say(f"Left out: {reason}")
        if not chosen.no_deadline:
            say("Answers are timed: let nothing else work on this machine meanwhile, or take --no-deadline.")
        asked = evaluate(chosen.server_arguments(), ways, gathered, chosen.wanted(), ledger=ledger, watch=watch)
        return msgspec.structs.replace(asyncio.run(asked), missing=missing)


def _recalled(chosen: Arguments, path: Path) -> list[Evaluation]:
    """Put together all that a file has, by model and pace. Raises BadInput where that is nothing."""
    check_file(path)
    ledger = Ledger(path)
    all_ways = msgspec.structs.replace(chosen, ablate=True)
    found = [
        recall(ledger, where, all_ways.ways(unhurried=unhurried), deadlines=not unhurried)
        for where in ledger.circumstances()
        for unhurried in (True, False)
    ]
    known = [each for each in found if each is not None]
    if not known:
        raise BadInput(
            f"{path} has no answers in these ways; name the --set that they were asked with, or another file."
        )
    return known


def _parser(prog: str) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog=prog, description=_DESCRIPTION, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--json", action="store_true", help="print one JSON object, with every case")
    parser.add_argument(
        "--cases",
        type=_count(1),
        default=180,
        metavar="N",
        help="how many holes, kinds and languages taking turns (default: %(default)s)",
    )
    parser.add_argument("--kinds", type=_names(KINDS), default=KINDS, metavar="A,B", help=", ".join(KINDS))
    parser.add_argument(
        "--languages", type=_names(LANGUAGES), default=LANGUAGES, metavar="A,B", help=", ".join(LANGUAGES)
    )
    parser.add_argument("--variants", type=_names(NAMES), default=NAMES, metavar="A,B", help=", ".join(NAMES))
    parser.add_argument(
        "--set",
        dest="changes",
        type=_setting,
        action="append",
        default=[],
        metavar="NAME=JSON",
        help="a setting for all but the bare model, such as suffixCharacters=0; may be repeated",
    )
    parser.add_argument(
        "--ablate", action="store_true", help="set each part of Tandem's left out, and other windows, beside `informed`"
    )
    parser.add_argument(
        "--visited",
        type=_count(0),
        default=2,
        metavar="N",
        help="how many other files of the package stand open (default: %(default)s)",
    )
    parser.add_argument("--no-deadline", action="store_true", help="let every answer come to its end")
    parser.add_argument(
        "--typed",
        type=_count(0),
        default=0,
        metavar="N",
        help="also type so many files of each language (default: none)",
    )
    parser.add_argument(
        "--keys", type=_count(1), default=300, metavar="N", help="of each of them (default: %(default)s)"
    )
    parser.add_argument(
        "--keep",
        type=Path,
        metavar="FILE",
        help="keep answers in a file as they come; what is in there is not asked again",
    )
    parser.add_argument(
        "--report", type=Path, metavar="FILE", help="ask nothing: print what --keep has kept, as Markdown"
    )
    add_server_options(parser)
    return parser


def _count(least: int) -> Callable[[str], int]:
    """Make a reader of whole numbers, which raises argparse.ArgumentTypeError for anything else."""

    def read(text: str) -> int:
        if not text.isdecimal() or int(text) < least:
            raise argparse.ArgumentTypeError(f"{text!r} is not a whole number from {least} on")
        return int(text)

    return read


def _names(known: Sequence[str]) -> Callable[[str], tuple[str, ...]]:
    """Make a reader of names with commas between them, which raises argparse.ArgumentTypeError for unknown ones."""

    def read(text: str) -> tuple[str, ...]:
        names = tuple(text.split(","))
        for name in names:
            if name not in known:
                raise argparse.ArgumentTypeError(f"{name!r} is none of {', '.join(known)}")
        return names

    return read


def _setting(text: str) -> tuple[str, object]:
    name, _, value = text.partition("=")
    try:
        return name, msgspec.json.decode(value)
    except msgspec.DecodeError as error:
        raise argparse.ArgumentTypeError(f"{text!r} is not NAME=JSON, such as suffixCharacters=0") from error
