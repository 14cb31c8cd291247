"""How often a package still passes its own tests, with a suggestion where a piece of it was cut out.

    PYTHONPATH=tests .venv/bin/python tests/quality/holes.py [--cases N] [--model NAME] [--device NAME]

The package is typing-inspection, of the manifest of `tandem eval`. Its tests run in an environment and a folder of
their own, both temporary, with nothing of this one's environment, without a network where the system can take it away
(Linux), and for so long at most: what runs there was written by a model. A hole counts only if the tests fail while it
is empty.
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
from typing import NamedTuple

from lsp.commands.options import DEVICES
from lsp.eval.asking import ask_all
from lsp.eval.cut import KINDS, Case, choose, cut
from lsp.eval.fetch import archives, fetch, missing
from lsp.eval.intervals import share
from lsp.eval.manifest import manifest
from lsp.eval.sources import laid_out, read_sources
from lsp.eval.variant import NAMES, Name, variant

PROJECT = "typing-inspection"
NEEDS = ("pytest", "typing_extensions")
PATIENCE_S = 120.0


class Bench(NamedTuple):
    """An unpacked package, and a Python that has what its tests need."""

    root: Path
    python: Path

    def passes(self, case: Case | None = None, text: str = "") -> bool:
        """Run the tests, with this text in the place of the case's hole; too long a run fails."""
        path = self.root / case.source.path if case else None
        if path and case:
            path.write_text(case.before + text + case.after)
        command = [*_alone(), str(self.python), "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider", "tests"]
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
                path.write_text(case.source.text)
        return ran.returncode == 0


@cache
def _alone() -> list[str]:
    """Give what a command begins with, to have no network."""
    unshare = shutil.which("unshare")
    if unshare is None or subprocess.run([unshare, "-rn", "true"], capture_output=True, check=False).returncode:
        sys.stderr.write("The tests run with the network of this machine: there is no unshare that takes it away.\n")
        return []
    return [unshare, "-rn"]


def set_up(archive: Path, folder: Path) -> Bench:
    """Unpack the package and make its Python; what is installed comes from the index that pip is set to."""
    with tarfile.open(archive) as tar:
        tar.extractall(folder / "package", filter="data")
    (root,) = (folder / "package").iterdir()
    venv.create(folder / "env", with_pip=True)
    python = folder / "env" / ("Scripts/python.exe" if sys.platform == "win32" else "bin/python")
    subprocess.run([python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *NEEDS], check=True)
    return Bench(root, python)


def covered(bench: Bench, cases: list[Case], count: int) -> list[Case]:
    """Take the first cases without which the tests fail."""
    found: list[Case] = []
    for case in cases:
        if len(found) == count:
            break
        if not bench.passes(case):
            found.append(case)
    return found


def main() -> None:
    """Print a line for each way of asking."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0] if __doc__ else None)
    parser.add_argument("--cases", type=int, default=30, help="holes that the tests notice (default: %(default)s)")
    parser.add_argument("--model", default="auto", help="a model's name or a bundle's folder")
    parser.add_argument("--device", default="auto", choices=DEVICES)
    options = parser.parse_args()
    (package,) = (each for each in manifest().packages if each.project == PROJECT)
    for each in missing([package], archives()):
        fetch(each, archives())
    sources = read_sources(package, archives() / package.file)
    drawn = choose(list(cut(sources, KINDS)), 1_000)
    with TemporaryDirectory(prefix="tandem-holes-") as folder, laid_out(sources) as root:
        bench = set_up(archives() / package.file, Path(folder))
        if not bench.passes():
            sys.exit(f"{PROJECT} fails its own tests as it is: nothing can be measured.")
        cases = covered(bench, drawn, options.cases)
        for name in NAMES:
            report(name, bench, cases, root, ["--model", options.model, "--device", options.device])


def report(name: Name, bench: Bench, cases: list[Case], root: Path, arguments: list[str]) -> None:
    """Ask in one way for all cases, without a deadline, and run the tests with each answer."""
    way = variant(name, {}, unhurried=True)
    asking = ask_all(arguments, way, cases, root, unhurried=True, report=lambda _: None, progress=lambda: None)
    _, outcomes = asyncio.run(asking)
    passed = sum(bench.passes(case, outcome.text) for case, outcome in zip(cases, outcomes, strict=True))
    exact = sum(outcome.exact for outcome in outcomes)
    found = share(passed, len(cases))
    sys.stdout.write(
        f"{name}: {passed} of {len(cases)} pass ({found.value} [{found.low}..{found.high}]), {exact} exact\n"
    )
    sys.stdout.flush()


if __name__ == "__main__":
    main()
