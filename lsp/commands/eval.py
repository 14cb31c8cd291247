"""`tandem eval`: how good suggestions are on code that the models cannot have seen, beside the bare model.

Invariant: with `--json` standard output holds one object and nothing else. What is to be downloaded is said
before it is.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
from typing import TYPE_CHECKING

import msgspec
from rich.console import Console
from rich.table import Column, Table

from lsp.commands.loading import loading_screen
from lsp.commands.options import ServerChoice, add_server_options
from lsp.eval.cut import KINDS, Kind
from lsp.eval.evaluation import Wanted, evaluate, gather
from lsp.eval.fetch import archives
from lsp.eval.manifest import LANGUAGES, Language, manifest
from lsp.eval.variant import NAMES, Name, variant

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from lsp.eval.intervals import Estimate
    from lsp.eval.manifest import Package
    from lsp.eval.report import Evaluation, Figures

_DESCRIPTION = """\
How good suggestions are: holes cut out of published packages that are newer than the models, asked for through the real
server, in three ways. bare: the model between prefix and suffix, everything shown; filtered: with what Tandem cuts off,
everything shown; tandem: as you have it, silent where it is unsure."""


class Arguments(ServerChoice, kw_only=True):
    """The command line, parsed."""

    json: bool
    cases: int
    kinds: tuple[Kind, ...]
    languages: tuple[Language, ...]
    variants: tuple[Name, ...]
    changes: list[tuple[str, object]]
    no_deadline: bool
    typed: int
    keys: int


def main(arguments: Sequence[str], prog: str) -> int:
    """Evaluate and print."""
    chosen = msgspec.convert(vars(_parser(prog).parse_args(arguments)), Arguments)
    changes = dict(chosen.changes)
    ways = [variant(name, changes, unhurried=chosen.no_deadline) for name in NAMES if name in chosen.variants]
    wanted = Wanted(
        cases=chosen.cases,
        kinds=chosen.kinds,
        typed_files=chosen.typed,
        keys=chosen.keys,
        unhurried=chosen.no_deadline,
    )
    packages = [each for each in manifest().packages if each.language in chosen.languages]
    progress = _Progress()
    gathered, missing = gather(packages, archives(), progress, offline=chosen.offline)
    for reason in missing:
        progress.say(f"Left out: {reason}")
    with loading_screen() as report:
        found = asyncio.run(evaluate(chosen.server_arguments(), ways, gathered, wanted, watch=progress, report=report))
    found = msgspec.structs.replace(found, missing=missing)
    if chosen.json:
        sys.stdout.write(msgspec.json.encode(found).decode() + "\n")
    else:
        show(found)
    return 0


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


class _Progress:
    """Lines on standard error: what is downloaded, and ten for each stage."""

    def __init__(self) -> None:
        self._console = Console(stderr=True, highlight=False, soft_wrap=True)
        self._title, self._total, self._done = "", 0, 0

    def say(self, text: str) -> None:
        """Write a line."""
        self._console.print(text)

    def fetching(self, packages: Sequence[Package], folder: Path) -> None:
        """Say what is going to be downloaded."""
        names = ", ".join(f"{each.project} {each.version}" for each in packages)
        size_mb = sum(each.size_bytes for each in packages) / 1e6
        self.say(f"Fetching {names} ({size_mb:.1f} MB) from the registries that pip and npm are set to, into {folder}.")

    def begin(self, title: str, total: int) -> None:
        """Say what begins."""
        self._title, self._total, self._done = title, total, 0
        self.say(f"{title}, {total} to go")

    def step(self) -> None:
        """Say how far it is, at every tenth."""
        self._done += 1
        if self._done * 10 // self._total > (self._done - 1) * 10 // self._total:
            self.say(f"{self._title}, {self._done} of {self._total}")


def show(found: Evaluation) -> None:
    """Print a table: a row for each way, and below it one for each kind and language."""
    table = Table(
        Column(no_wrap=True), "n", "exact", "less bare's", "similar", "shown", "right if shown", "wrong", box=None
    )
    for way in found.variants:
        _row(table, way.name, way.all)
        for name, cell in (*way.kinds.items(), *way.languages.items()):
            _row(table, f"  {name.replace('_', ' ')}", cell)
    console = Console(highlight=False)
    waiting = "as fast as users get them" if found.deadlines else "without a deadline"
    console.print(f"{found.model} on {found.device}, answers {waiting}; in brackets the intervals of 95 %")
    console.print(table)
    for way in found.variants:
        if way.typed is not None:
            typed = way.typed
            console.print(
                f"{way.name}, typed: {_bounds(typed.keystrokes_saved)} of characters saved, "
                f"{_bounds(typed.shown)} of requests brought something new, of which "
                f"{_bounds(typed.accepted)} was accepted and {_bounds(typed.wrong)} was wrong"
            )


def _row(table: Table, name: str, cell: Figures) -> None:
    shares = (cell.similarity, cell.shown, cell.right, cell.wrong_and_shown)
    table.add_row(name, str(cell.n), _bounds(cell.exact), _bounds(cell.over_bare), *map(_percent, shares))


def _percent(estimate: Estimate) -> str:
    return "-" if estimate.value is None else f"{estimate.value:.0%}"


def _bounds(estimate: Estimate) -> str:
    if estimate.low is None or estimate.high is None:
        return "-"
    return f"{_percent(estimate)} [{100 * estimate.low:.0f}..{100 * estimate.high:.0f}]"
