"""A whole evaluation: packages to cases, cases to answers, answers to figures.

Invariant: which cases are asked for depends on the packages, kinds, languages and their number alone, never on the
model; all ways of asking get the same ones.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

import msgspec

from lsp.errors import BadInput, PackageMissing
from lsp.eval.asking import ask_all
from lsp.eval.cut import Case, Kind, choose, cut
from lsp.eval.fetch import fetch, missing
from lsp.eval.report import Evaluation, Measured, measured
from lsp.eval.sources import Source, laid_out, read_sources
from lsp.eval.typed import type_all

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from lsp.eval.manifest import Package
    from lsp.eval.score import Outcome
    from lsp.eval.variant import Variant
    from lsp.status import Report

TYPED_CHARACTERS = range(3_000, 20_000)  # files that are worth typing some of


class Wanted(msgspec.Struct, frozen=True, kw_only=True):
    """What to measure: so many cases of these kinds, and `keys` of so many files of each language typed."""

    cases: int
    kinds: tuple[Kind, ...]
    typed_files: int
    keys: int
    unhurried: bool


class Watch(Protocol):
    """Somebody who wants to know how far it is."""

    def fetching(self, packages: Sequence[Package], folder: Path) -> None:
        """Hear what is going to be downloaded, before it is."""
        ...

    def begin(self, title: str, total: int) -> None:
        """Hear that so many steps of something begin."""
        ...

    def step(self) -> None:
        """Hear that one is done."""
        ...


def gather(
    packages: Sequence[Package], folder: Path, watch: Watch, *, offline: bool
) -> tuple[list[list[Source]], tuple[str, ...]]:
    """Read the sources of each package, fetching what is not there; give also why some could not be had.

    Raises PackageMissing if none could.
    """
    wanting = missing(packages, folder)
    if wanting and not offline:
        watch.fetching(wanting, folder)
    found: list[list[Source]] = []
    reasons: list[str] = []
    for package in packages:
        try:
            if package in wanting:
                fetch(package, folder, offline=offline)
            found.append(read_sources(package, folder / package.file))
        except PackageMissing as error:
            reasons.append(str(error))
    if not found:
        raise PackageMissing(reasons[0] if reasons else "There is no package in these languages.")
    return found, tuple(reasons)


def cases_of(gathered: Sequence[Sequence[Source]], wanted: Wanted) -> list[Case]:
    """Cut the cases to ask for. Raises BadInput if there are none."""
    cases = choose([case for sources in gathered for case in cut(sources, wanted.kinds)], wanted.cases)
    if not cases:
        raise BadInput("No case is of these kinds and languages; name others.")
    return cases


async def evaluate(
    arguments: Sequence[str],
    ways: Sequence[Variant],
    gathered: Sequence[Sequence[Source]],
    wanted: Wanted,
    *,
    watch: Watch,
    report: Callable[[Report], None],
) -> Evaluation:
    """Ask for everything in every way. Raises BadInput, ServerLost, EngineFailed."""
    cases = cases_of(gathered, wanted)
    typed_sources = _to_type(gathered, wanted.typed_files)
    done: list[Measured] = []
    bare: list[Outcome] = []
    model = device = ""
    with laid_out([source for sources in gathered for source in sources]) as root:
        for way in ways:
            watch.begin(f"{way.name}: cases", len(cases))
            status, outcomes = await ask_all(
                arguments, way, cases, root, unhurried=wanted.unhurried, report=report, progress=watch.step
            )
            model, device = status.model, status.device
            bare = outcomes if way.name == "bare" else bare
            typed = None
            if typed_sources:
                watch.begin(f"{way.name}: files typed", len(typed_sources))
                typed = await type_all(
                    arguments, way, typed_sources, root, keys=wanted.keys, report=report, progress=watch.step
                )
            done.append(measured(way, outcomes, [] if way.name == "bare" else bare, typed))
    return Evaluation(
        model=model,
        device=device,
        deadlines=not wanted.unhurried,
        cases=len(cases),
        packages=tuple(sorted({source.package for sources in gathered for source in sources})),
        missing=(),
        variants=tuple(done),
    )


def _to_type(gathered: Sequence[Sequence[Source]], count: int) -> list[Source]:
    """Take the middle ones of each language's files, by their length."""
    found: list[Source] = []
    for language in sorted({sources[0].language for sources in gathered if sources}):
        fitting = [s for each in gathered for s in each if s.language == language and len(s.text) in TYPED_CHARACTERS]
        fitting.sort(key=lambda source: (len(source.text), source.package, source.path))
        first = max(len(fitting) - count, 0) // 2
        found += fitting[first : first + count]
    return found
