"""How many of the suggestions that `tandem eval` showed break the parse of their file.

    tandem eval --json > report.json
    PYTHONPATH=tests .venv/bin/python tests/quality/parse.py report.json

Independent of the server's own check: each file is parsed whole, once with the text that really stands in the hole and
once with what was shown, by a parser that has seen nothing before. A suggestion breaks the parse if its file has more
errors than the real one has. Where it only leaves a bracket or a block open at a line's end, whose rest would be typed
next, it is counted apart, as `open`: those are no errors of the suggestion's, but of a file that is not written yet.
"""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Literal, NamedTuple

import msgspec

from lsp.errors import PackageMissing
from lsp.eval.fetch import archives
from lsp.eval.manifest import manifest
from lsp.eval.sources import read_sources
from lsp.syntax.check import Hole, Syntax
from lsp.syntax.grammars import grammar
from lsp.syntax.tree import find_errors

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from tree_sitter import Language

Verdict = Literal["parses", "open", "breaks", "unknown"]
VERDICTS: tuple[Verdict, ...] = ("parses", "open", "breaks")
PATIENCE_S = 60.0
_BY_SUFFIX = {".tsx": "typescriptreact", ".js": "javascript", ".jsx": "javascriptreact", ".mjs": "javascript"}


class Outcome(msgspec.Struct, frozen=True):
    """What of a case the report has to hold: where its hole is, offsets in characters, and what was shown there."""

    package: str
    file: str
    language: str
    start: int
    end: int
    text: str


class Measured(msgspec.Struct, frozen=True):
    """One way of asking."""

    name: str
    outcomes: tuple[Outcome, ...]


class Report(msgspec.Struct, frozen=True):
    """What `tandem eval --json` prints, as far as it is looked at here."""

    variants: tuple[Measured, ...]


class Shown(NamedTuple):
    """A file with a hole, what really stands in that, and what was shown."""

    language: str
    hole: Hole
    true: str
    text: str


def judge(case: Shown) -> Verdict:
    """Parse a file with what was shown and with what is true; unknown where no grammar of its language is known."""
    language = grammar(case.language)
    if language is None:
        return "unknown"
    if errors_in(language, case.hole.filled(case.text)) <= errors_in(language, case.hole.filled(case.true)):
        return "parses"
    syntax = Syntax(case.language)
    syntax.read(case.hole)
    whole = syntax.whole(case.hole, case.text, budget_s=PATIENCE_S)
    return "open" if whole == case.text and not case.hole.line_after.strip() else "breaks"


def errors_in(language: Language, source: bytes) -> int:
    """Count a file's errors, parsed from its beginning."""
    from tree_sitter import Parser  # noqa: PLC0415 - only where there is something to parse

    return find_errors(Parser(language).parse(source).root_node).count


def shown_in(outcomes: Iterable[Outcome]) -> Iterator[Shown]:
    """Lay what was shown into the files that it was shown in. Raises PackageMissing for one that is not here."""
    packages = {package.project: package for package in manifest().packages}
    files: dict[str, dict[str, str]] = {}
    for each in outcomes:
        if each.text:
            if each.package not in files:
                sources = read_sources(packages[each.package], archives() / packages[each.package].file)
                files[each.package] = {source.path: source.text for source in sources}
            text = files[each.package][each.file]
            language = _BY_SUFFIX.get(Path(each.file).suffix, each.language)
            yield Shown(language, Hole(text[: each.start], text[each.end :]), text[each.start : each.end], each.text)


def main() -> int:
    """Print the shares."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0] if __doc__ else None)
    parser.add_argument("report", type=Path, help="what `tandem eval --json` printed")
    options = parser.parse_args()
    try:
        report = msgspec.json.decode(options.report.read_bytes(), type=Report)
        for variant in report.variants:
            _show(variant.name, Counter(map(judge, shown_in(variant.outcomes))))
    except (OSError, msgspec.MsgspecError, PackageMissing, KeyError) as error:
        sys.stderr.write(
            f"{options.report} cannot be judged ({error}): give it a report of this version's tandem eval.\n"
        )
        return 2
    return 0


def _show(name: str, verdicts: Counter[Verdict]) -> None:
    judged = verdicts.total() - verdicts["unknown"]
    sys.stdout.write(f"{name}: {judged} suggestions in languages with a grammar\n")
    for verdict in VERDICTS:
        share = verdicts[verdict] / judged if judged else 0.0
        sys.stdout.write(f"  {verdict:7} {verdicts[verdict]:6} {share:7.2%}\n")


if __name__ == "__main__":
    sys.exit(main())
