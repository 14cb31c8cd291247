"""What was found, as Markdown for a page that people read.

Invariant: each figure has its interval of 95 % beside it, and the number of cases that it is from.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from lsp.eval.rules import rules_of
from lsp.eval.variant import BASE

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from lsp.eval.contrast import Contrast
    from lsp.eval.intervals import Estimate
    from lsp.eval.report import Evaluation, Figures, Measured
    from lsp.eval.stretch import Typed


def page(found: Sequence[Evaluation]) -> str:
    """Write a section for each model and pace."""
    return "\n".join(line for each in found for line in _section(each))


def bounds(estimate: Estimate, *, signed: bool = False) -> str:
    """Write a share in percent, with the ends of its interval; a dash for nothing."""
    if estimate.value is None or estimate.low is None or estimate.high is None:
        return "-"
    sign = "+" if signed else ""
    value, low, high = (100 * each for each in (estimate.value, estimate.low, estimate.high))
    return f"{value:{sign}.0f} % [{low:.0f}..{high:.0f}]"


def times(estimate: Estimate) -> str:
    """Write a multiple, with the ends of its interval; a dash for nothing."""
    if estimate.value is None:
        return "-"
    return f"{estimate.value:.2f} [{estimate.low:.2f}..{estimate.high:.2f}]"


def _section(found: Evaluation) -> Iterator[str]:
    waiting = "answers by the deadline" if found.deadlines else "without a deadline"
    beside = f"{found.visited} other files open"
    yield f"### {found.model} on {found.device}, {waiting}"
    yield ""
    yield f"{found.cases} cases of {', '.join(found.packages)}; {beside}."
    yield ""
    yield from _cells(found, "exact", lambda cell: bounds(cell.exact))
    if any(way.all.times_bare.value is not None for way in found.variants):
        yield from _cells(found, "exact, times bare's", lambda cell: times(cell.times_bare))
    yield from _shares(found)
    if any(way.typed for way in found.variants):
        yield from _typed(found.variants)
    for way in found.variants:
        if way.name == BASE:
            yield from _rules(way)
    if found.contrasts:
        yield from _contrasts(found.contrasts, deadlines=found.deadlines)


def _cells(found: Evaluation, title: str, write: Callable[[Figures], str]) -> Iterator[str]:
    """Write a row for all cases, for each kind and for each language, with a column for each way."""
    yield from _head(title, "n", *(way.name for way in found.variants))
    first = found.variants[0]
    rows = [("all", [way.all for way in found.variants])]
    rows += [(kind.replace("_", " "), [way.kinds[kind] for way in found.variants]) for kind in first.kinds]
    rows += [(each, [way.languages[each] for way in found.variants]) for each in first.languages]
    for name, cells in rows:
        yield _line(name, str(cells[0].n), *map(write, cells))
    yield ""


def _shares(found: Evaluation) -> Iterator[str]:
    yield from _head("of all cases", "exact, less bare's", "similar", "shown", "wrong", "right if shown", "p50, p95 ms")
    for way in found.variants:
        cell = way.all
        shares = (cell.similarity, cell.shown, cell.wrong_and_shown, cell.right)
        times = f"{_ms(cell.latency_ms.p50)}, {_ms(cell.latency_ms.p95)}" if found.deadlines else "-"
        yield _line(way.name, bounds(cell.over_bare, signed=True), *map(bounds, shares), times)
    yield ""
    leaked = sum(way.all.leaked + (way.typed.leaked if way.typed else 0) for way in found.variants)
    shown = sum(sum(each.shown for each in way.outcomes) for way in found.variants)
    shown += sum(stretch.shown for way in found.variants if way.typed for stretch in way.typed.files)
    yield f"Special tokens shown as text: {leaked}, in {shown} suggestions."
    yield ""


def _typed(ways: Sequence[Measured]) -> Iterator[str]:
    yield from _head("typed", "files", "keystrokes saved", "less bare's", "shown", "accepted", "retained", "wrong")
    for way in ways:
        if way.typed:
            yield _line(way.name, str(len(way.typed.files)), *_typed_shares(way.typed))
    yield ""


def _typed_shares(typed: Typed) -> list[str]:
    saved = [bounds(typed.keystrokes_saved), bounds(typed.over_bare, signed=True)]
    return saved + [bounds(each) for each in (typed.shown, typed.accepted, typed.retained, typed.wrong)]


def _rules(way: Measured) -> Iterator[str]:
    rules = rules_of(way.outcomes)
    if not rules:
        return
    yield from _head("rule", "acted on", "right as shown", "right as said")
    for rule in rules:
        yield _line(rule.name, str(rule.n), str(rule.right), str(rule.right_as_said))
    yield ""


def _contrasts(contrasts: Sequence[Contrast], *, deadlines: bool) -> Iterator[str]:
    kinds = list(contrasts[0].kinds)
    times = ["p95, ms"] if deadlines else []
    shown = [kind.replace("_", " ") for kind in kinds]
    yield from _head(f"beside {contrasts[0].beside}", "n", "exact", "gained, lost", "chance", "similar", *times, *shown)
    for each in contrasts:
        more = [_ms(each.more_ms)] if deadlines else []
        cells = [bounds(each.kinds[kind], signed=True) if kind in each.kinds else "-" for kind in kinds]
        yield _line(
            each.name,
            str(each.n),
            bounds(each.exact, signed=True),
            f"{each.gained}, {each.lost}",
            f"{each.chance:.2f}",
            bounds(each.similarity, signed=True),
            *more,
            *cells,
        )
    yield ""


def _head(*names: str) -> Iterator[str]:
    yield _line(*names)
    yield _line(*("---" for _ in names)).replace(" ", "")


def _line(*cells: str) -> str:
    return f"| {' | '.join(cells)} |"


def _ms(value: float | None) -> str:
    return "-" if value is None else f"{value:.0f}"
