"""A whole evaluation: packages to cases, cases to answers, answers to figures.

Invariant: which cases are asked for depends on the packages, kinds, languages and their number alone, never on the
model; all ways of asking get the same ones.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, Protocol

import msgspec

from lsp.errors import BadInput, PackageMissing
from lsp.eval.asking import ask_timed, ask_unhurried
from lsp.eval.contrast import contrast
from lsp.eval.cut import Case, Kind, choose, cut
from lsp.eval.desk import desk
from lsp.eval.fetch import fetch, missing
from lsp.eval.report import Evaluation, measured
from lsp.eval.sources import Source, read_sources
from lsp.eval.stretch import Stretch, Typed, sum_up
from lsp.eval.typed import type_all
from lsp.eval.variant import BASE

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from lsp.eval.asking import Watch
    from lsp.eval.ledger import Circumstances, Ledger
    from lsp.eval.manifest import Package
    from lsp.eval.score import Outcome
    from lsp.eval.variant import Variant

TYPED_CHARACTERS = range(3_000, 20_000)  # files that are worth typing some of


class Wanted(msgspec.Struct, frozen=True, kw_only=True):
    """What to measure: so many cases of these kinds, and `keys` of so many files of each language typed.

    `visited` other files of the package stand open; `unhurried` is without deadlines.
    """

    cases: int
    kinds: tuple[Kind, ...]
    visited: int
    typed_files: int
    keys: int
    unhurried: bool


class Ways(NamedTuple):
    """The ways of asking: those that are measured, and those that are only set beside the base."""

    variants: Sequence[Variant]
    ablations: Sequence[Variant] = ()

    @property
    def all(self) -> list[Variant]:
        """Give all of them."""
        return [*self.variants, *self.ablations]


class Waiting(Protocol):
    """Somebody who waits for packages."""

    def fetching(self, packages: Sequence[Package], folder: Path) -> None:
        """Hear what is going to be downloaded, before it is."""
        ...


def gather(
    packages: Sequence[Package],
    folder: Path,
    watch: Waiting,
    *,
    offline: bool,
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
    ways: Ways,
    gathered: Sequence[Sequence[Source]],
    wanted: Wanted,
    *,
    ledger: Ledger,
    watch: Watch,
) -> Evaluation:
    """Ask for everything in every way that the ledger does not have. Raises BadInput, ServerLost, EngineFailed."""
    cases = cases_of(gathered, wanted)
    sources = _to_type(gathered, wanted.typed_files)
    ask_all = ask_unhurried if wanted.unhurried else ask_timed
    with desk(gathered, wanted.visited) as at:
        where = await ask_all(arguments, ways.all, cases, at, ledger=ledger, watch=watch)
        typed = {
            way.name: await type_all(
                arguments, way, sources, at, keys=wanted.keys, where=where, ledger=ledger, watch=watch
            )
            for way in (ways.variants if sources else ())
        }
    digests = [case.digest for case in cases]
    outcomes = {way.name: _known(ledger, where, way, digests) for way in ways.all}
    found = put_together(where, ways, outcomes, typed, deadlines=not wanted.unhurried)
    packages = tuple(sorted({source.package for sources in gathered for source in sources}))
    return msgspec.structs.replace(found, packages=packages)


def recall(ledger: Ledger, where: Circumstances, ways: Ways, *, deadlines: bool) -> Evaluation | None:
    """Put together what the ledger has under some circumstances, asking nothing; None where that is nothing.

    Of the variants the cases count that were asked for in all of them.
    """
    entries = {way.name: ledger.entries(where, way.settings) for way in ways.all}
    outcomes = {name: [each.outcome for each in some if each.outcome] for name, some in entries.items()}
    typed = {name: [each.stretch for each in some if each.stretch] for name, some in entries.items()}
    asked = [way for way in ways.variants if outcomes[way.name]]
    if not asked:
        return None
    common = set.intersection(*({each.digest for each in outcomes[way.name]} for way in asked))
    for way in asked:
        outcomes[way.name] = [each for each in outcomes[way.name] if each.digest in common]
    return put_together(where, Ways(asked, ways.ablations), outcomes, typed, deadlines=deadlines)


def put_together(
    where: Circumstances,
    ways: Ways,
    outcomes: dict[str, list[Outcome]],
    typed: dict[str, list[Stretch]],
    *,
    deadlines: bool,
) -> Evaluation:
    """Make figures of what came of each way of asking, by its name."""
    bare = outcomes.get("bare", [])
    return Evaluation(
        model=where.model,
        device=where.device,
        deadlines=deadlines,
        visited=where.visited,
        cases=max((len(outcomes[way.name]) for way in ways.variants), default=0),
        packages=tuple(sorted({each.package for some in outcomes.values() for each in some})),
        missing=(),
        variants=tuple(
            measured(way, outcomes[way.name], [] if way.name == "bare" else bare, _summed_up(way.name, typed))
            for way in ways.variants
        ),
        contrasts=tuple(
            contrast(way.name, outcomes[way.name], BASE, outcomes[BASE])
            for way in ways.ablations
            if outcomes.get(way.name) and outcomes.get(BASE)
        ),
    )


def _summed_up(name: str, typed: dict[str, list[Stretch]]) -> Typed | None:
    if not typed.get(name):
        return None
    return sum_up(typed[name], [] if name == "bare" else typed.get("bare", []))


def _known(ledger: Ledger, where: Circumstances, way: Variant, digests: Sequence[str]) -> list[Outcome]:
    found = (ledger.outcome(where, way.settings, digest) for digest in digests)
    return [outcome for outcome in found if outcome is not None]


def _to_type(gathered: Sequence[Sequence[Source]], count: int) -> list[Source]:
    """Take the middle ones of each language's files, by their length."""
    found: list[Source] = []
    for language in sorted({sources[0].language for sources in gathered if sources}):
        fitting = [s for each in gathered for s in each if s.language == language and len(s.text) in TYPED_CHARACTERS]
        fitting.sort(key=lambda source: (len(source.text), source.package, source.path))
        first = max(len(fitting) - count, 0) // 2
        found += fitting[first : first + count]
    return found
