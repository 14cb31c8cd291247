"""How often packages still pass their own tests, with a suggestion where a piece of them was cut out.

    PYTHONPATH=tests .venv/bin/python tests/quality/holes.py [--cases N] [--projects A,B] [--model NAME] [--keep FILE]

The packages are those of holes.toml. Their tests run in an environment and a folder of their own, both temporary, with
nothing of this one's environment, without a network where the system can take it away (Linux), and for so long at most:
what runs there was written by a model. A hole counts only if the tests fail while it is empty. Answers are kept as
those of `tandem eval --keep` are.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import shutil
import subprocess
import sys
import tarfile
import venv
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, NamedTuple

import msgspec

from lsp.commands.options import DEVICES
from lsp.errors import BadInput
from lsp.eval.asking import ask_unhurried
from lsp.eval.cut import KINDS, Case, choose, cut
from lsp.eval.desk import desk
from lsp.eval.fetch import archives, fetch, missing
from lsp.eval.intervals import share
from lsp.eval.ledger import Ledger
from lsp.eval.manifest import Package, manifest
from lsp.eval.progress import Progress, say
from lsp.eval.sources import Source, read_sources
from lsp.eval.variant import NAMES, Name, variant

if TYPE_CHECKING:
    from lsp.eval.ledger import Circumstances
    from lsp.eval.score import Outcome

PATIENCE_S = 120.0
DRAWN = 1_000
VISITED = 2


class Bench(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A package whose tests can be run; holes.toml says what the fields mean."""

    project: str
    include: tuple[str, ...]
    needs: tuple[str, ...]
    tests: tuple[str, ...]

    @property
    def package(self) -> Package:
        """Give the archive, of which only those files count that the tests look at."""
        known = {each.project: each for each in (*manifest().packages, *listed().packages)}
        return msgspec.structs.replace(known[self.project], include=self.include)


class Listed(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """All of holes.toml."""

    benches: tuple[Bench, ...]
    packages: tuple[Package, ...]


class Runner(NamedTuple):
    """An unpacked package, a Python that has what its tests need, and which tests to run."""

    root: Path
    python: Path
    tests: tuple[str, ...]

    def passes(self, case: Case | None = None, text: str = "") -> bool:
        """Run the tests, with this text in the place of the case's hole; too long a run fails."""
        path = self.root / case.source.path if case else None
        if path and case:
            path.write_text(case.before + text + case.after, "utf-8")
        command = [*_alone(), str(self.python), "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider", *self.tests]
        environment = {"PATH": os.defpath, "HOME": str(self.root), "PYTHONPATH": str(self.root / "src"),
                       "PYTHONDONTWRITEBYTECODE": "1"}  # fmt: skip
        try:
            ran = subprocess.run(
                command, cwd=self.root, env=environment, capture_output=True, timeout=PATIENCE_S, check=False
            )
        except subprocess.TimeoutExpired:
            return False
        finally:
            if path and case:
                path.write_text(case.source.text, "utf-8")
        return ran.returncode == 0


@cache
def _alone() -> list[str]:
    """Give what a command begins with, to have no network."""
    unshare = shutil.which("unshare")
    if unshare is None or subprocess.run([unshare, "-rn", "true"], capture_output=True, check=False).returncode:
        say("The tests run with the network of this machine: there is no unshare that takes it away.")
        return []
    return [unshare, "-rn"]


@cache
def listed() -> Listed:
    """Read holes.toml."""
    return msgspec.toml.decode(Path(__file__).with_name("holes.toml").read_bytes(), type=Listed)


def set_up(bench: Bench, folder: Path) -> Runner:
    """Unpack the package and make its Python; what is installed comes from the index that pip is set to."""
    with tarfile.open(archives() / bench.package.file) as tar:
        tar.extractall(folder / "package", filter="data")
    (root,) = (folder / "package").iterdir()
    venv.create(folder / "env", with_pip=True)
    python = folder / "env" / ("Scripts/python.exe" if sys.platform == "win32" else "bin/python")
    subprocess.run([python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *bench.needs], check=True)
    return Runner(root, python, bench.tests)


def covered(runner: Runner, cases: list[Case], count: int) -> list[Case]:
    """Take the first cases without which the tests fail."""
    found: list[Case] = []
    for case in cases:
        if len(found) == count:
            break
        if not runner.passes(case):
            found.append(case)
    return found


def main() -> None:
    """Print a line for each way of asking, for each package and for all of them."""
    known = {each.project: each for each in listed().benches}
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0] if __doc__ else None)
    parser.add_argument("--cases", type=int, default=30, help="holes of each package that its tests notice (30)")
    parser.add_argument("--projects", default=",".join(known), metavar="A,B", help="(default: %(default)s)")
    parser.add_argument("--model", default="auto", help="a model's name or a bundle's folder")
    parser.add_argument("--device", default="auto", choices=DEVICES)
    parser.add_argument("--keep", type=Path, metavar="FILE", help="keep answers as they come, and go on with them")
    options = parser.parse_args()
    names = options.projects.split(",")
    if unknown := set(names) - known.keys():
        parser.error(f"{min(unknown)!r} is none of {', '.join(known)}")
    try:
        ledger = Ledger(options.keep)
    except BadInput as error:
        parser.error(str(error))
    total: dict[Name, list[bool]] = {}
    for name in names:
        found = measure(known[name], options.cases, ["--model", options.model, "--device", options.device], ledger)
        report(name, found)
        for way, passed in found.items():
            total.setdefault(way, []).extend(passed)
    report("all", total)


def measure(bench: Bench, count: int, arguments: list[str], ledger: Ledger) -> dict[Name, list[bool]]:
    """Tell for each way of asking, without a deadline, which of the cases pass with what was suggested."""
    for each in missing([bench.package], archives()):
        fetch(each, archives())
    sources = read_sources(bench.package, archives() / bench.package.file)
    drawn = choose(list(cut(sources, KINDS)), DRAWN)
    with TemporaryDirectory(prefix="tandem-holes-") as folder:
        runner = set_up(bench, Path(folder))
        if not runner.passes():
            sys.exit(f"{bench.package.project} fails its own tests as it is: nothing can be measured.")
        cases = covered(runner, drawn, count)
        where = ask(arguments, cases, sources, ledger)
        return {
            name: [runner.passes(case, outcome.text) for case, outcome in answers(name, cases, ledger, where)]
            for name in NAMES
        }


def ask(arguments: list[str], cases: list[Case], sources: list[Source], ledger: Ledger) -> Circumstances:
    """Ask for the cases in every way. Raises ServerLost, EngineFailed."""
    ways = [variant(name, {}, unhurried=True) for name in NAMES]
    with desk([sources], VISITED) as at:
        watch = Progress(lambda _: None)
        return asyncio.run(ask_unhurried(arguments, ways, cases, at, ledger=ledger, watch=watch))


def answers(name: Name, cases: list[Case], ledger: Ledger, where: Circumstances) -> list[tuple[Case, Outcome]]:
    """Find what was suggested for each case in one way."""
    settings = variant(name, {}, unhurried=True).settings
    found = [(case, ledger.outcome(where, settings, case.digest)) for case in cases]
    return [(case, outcome) for case, outcome in found if outcome is not None]


def report(name: str, found: dict[Name, list[bool]]) -> None:
    """Print how many passed, in each way."""
    for way, passed in found.items():
        rate = share(sum(passed), len(passed))
        interval = f"{rate.value} [{rate.low}..{rate.high}]"
        sys.stdout.write(f"{name}, {way}: {sum(passed)} of {len(passed)} pass ({interval})\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
