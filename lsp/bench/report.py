"""What a run of the latency bench found, as one page to look at.

Invariant: the page is whole by itself: no scripts, nothing fetched, light and dark as the reader has it. It holds what
`Latency` holds, and so no text of documents.
"""

from __future__ import annotations

from bisect import bisect_right
from html import escape
from importlib.resources import files
from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

from lsp.bench.chart import Bar, Curve, Part, bars, columns, curves, legend
from lsp.bench.record import STAGES
from lsp.replay.summary import shares_ended

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from lsp.bench.latency import Latency
    from lsp.bench.record import Figures

AIM_MS = 100.0
LENGTHS = (1, 5, 10, 20, 40, 80, 160)
KINDS = {"typed_through": "one", "warm": "two", "cold": "three"}
"""The kinds that are drawn, and their colours; silence is no suggestion."""

WAITING = tuple(zip(STAGES[1:], ("two", "one", "three", "four", "five", "six", "seven"), strict=True))
"""The stages that an editor waits for, and their colours."""


class Rival(NamedTuple):
    """Whoever was asked the same: its answers' milliseconds, and rows of what, Tandem's figure, its own."""

    name: str
    walls_ms: Sequence[float]
    rows: Sequence[tuple[str, str, str]]


def page(latency: Latency, rival: Rival | None = None) -> str:
    """Write the page."""
    sections = [
        _figures(latency),
        _section("From request to answer", "Those overtaken count as slower.", _distributions(latency, rival)),
        _section("Where the time goes", "Means over suggestions that the engine worked for.", _stages(latency)),
        _section("How much is shown", "Suggestions by length.", _lengths(latency)),
        _section("Kinds of request", "", _kinds(latency)),
        _section("Why nothing was shown", "", _reasons(latency)),
        _section("Scenes", "", _scenes(latency)),
    ]
    if rival is not None:
        header = ("", "Tandem", rival.name)
        sections.insert(2, _section(f"Beside {rival.name}", "The same requests to both.", _table(header, rival.rows)))
    style = files("lsp.bench").joinpath("report.css").read_text("utf-8")
    machine = f"{latency.model} on {latency.device}, {latency.seconds:.0f} s of editing. {latency.machine}."
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Tandem: latency</title>'
        '<meta name="viewport" content="width=device-width"><meta name="color-scheme" content="light dark">'
        f"<style>{style}</style></head><body><main><h1>Tandem while somebody edits</h1><p>{escape(machine)}</p>"
        f"{''.join(sections)}</main></body></html>\n"
    )


def _figures(latency: Latency) -> str:
    """Show the handful of figures that matter most."""
    warm, known = latency.kinds["warm"], latency.kinds["typed_through"]
    tiles = {
        "warm, p50": _ms(warm.p50_ms),
        "warm, p95": _ms(warm.p95_ms),
        "typed through, p50": _ms(known.p50_ms),
        "tokens a step": f"{warm.tokens_per_step:.1f}",
        "processor time a key": _ms(latency.cpu_ms_per_key),
        "memory, at most": f"{latency.memory_mb:.0f} MB",
    }
    shown = (f"<div><dt>{name}</dt><dd>{value}</dd></div>" for name, value in tiles.items())
    return f"<dl>{''.join(shown)}</dl>"


def _distributions(latency: Latency, rival: Rival | None) -> str:
    lines = [
        Curve(_words(kind), colour, shares_ended(latency.kinds[kind].walls_ms, latency.kinds[kind].overtaken_ms))
        for kind, colour in KINDS.items()
    ]
    if rival is not None:
        lines.append(Curve(f"{rival.name}, warm", "rival", shares_ended(rival.walls_ms, ())))
    names = [(line.name, line.colour) for line in lines]
    return legend([*names, (f"{AIM_MS:.0f} ms", "aim")]) + curves(lines, aim_ms=AIM_MS)


def _stages(latency: Latency) -> str:
    drawn = {kind: latency.kinds[kind].stages_ms for kind in ("warm", "cold")}
    rows = [
        Bar(kind, [Part(_words(name), colour, stages[name]) for name, colour in WAITING])
        for kind, stages in drawn.items()
    ]
    names = [(_words(name), colour) for name, colour in WAITING]
    means = [(kind, *(f"{stages[name]:.2f}" for name in STAGES)) for kind, stages in drawn.items()]
    return legend(names) + bars(rows, "ms") + _table(("ms", *map(_words, STAGES)), means)


def _lengths(latency: Latency) -> str:
    spans = [*(f"{a} to {b - 1}" for a, b in pairwise(LENGTHS)), f"{LENGTHS[-1]} or more"]
    counts = {kind: [0] * len(LENGTHS) for kind in KINDS}
    for kind, found in counts.items():
        for characters in latency.kinds[kind].characters:
            found[bisect_right(LENGTHS, characters) - 1] += 1
    groups = [
        Bar(span, [Part(_words(kind), colour, counts[kind][place]) for kind, colour in KINDS.items()])
        for place, span in enumerate(spans)
    ]
    return legend([(_words(kind), colour) for kind, colour in KINDS.items()]) + columns(groups, "characters")


def _kinds(latency: Latency) -> str:
    header = ("", "n", "answered", "p50", "p95", "p99", "shown", "natural end", "tokens a step")
    return _table(header, [_kind(kind, figures) for kind, figures in latency.kinds.items()])


def _kind(kind: str, found: Figures) -> tuple[str, ...]:
    walls = (_ms(found.p50_ms), _ms(found.p95_ms), _ms(found.p99_ms))
    shares = (f"{found.shown:.0%}", f"{found.natural_end:.0%}", f"{found.tokens_per_step:.1f}")
    return (_words(kind), str(found.n), str(found.answered), *walls, *shares)


def _reasons(latency: Latency) -> str:
    reasons = dict.fromkeys(reason for found in latency.kinds.values() for reason in found.reasons)
    counts = [(reason, *(str(found.reasons.get(reason, 0)) for found in latency.kinds.values())) for reason in reasons]
    return _table(("", *map(_words, latency.kinds)), counts)


def _scenes(latency: Latency) -> str:
    rows = [
        (
            scene.name,
            str(scene.lines),
            str(scene.keys),
            f"{scene.keystrokes_saved:.0%}",
            _ms(scene.kinds["warm"].p50_ms),
            _ms(scene.kinds["warm"].p95_ms),
            _ms(scene.cpu_ms_per_key),
        )
        for scene in latency.scenes
    ]
    return _table(("", "lines", "keys", "saved", "warm p50", "warm p95", "processor time a key"), rows)


def _section(title: str, remark: str, content: str) -> str:
    return f"<section><h2>{escape(title)}</h2><p>{escape(remark)}</p>{content}</section>"


def _table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    head = "".join(f"<th>{escape(cell)}</th>" for cell in header)
    body = "".join(f"<tr>{''.join(f'<td>{escape(cell)}</td>' for cell in row)}</tr>" for row in rows)
    return f'<div class="wide"><table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>'


def _words(name: str) -> str:
    return name.removesuffix("_ms").replace("_", " ")


def _ms(wall: float | None) -> str:
    return "-" if wall is None else f"{wall:.1f} ms" if wall < 10 else f"{wall:.0f} ms"
