"""Plots as SVG, written by hand: what a page needs that has no scripts and nothing from elsewhere.

Invariant: colours are classes of the page's style sheet, so one picture serves light and dark; all text is escaped.
"""

from __future__ import annotations

import math
from html import escape
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

WIDTH, HEIGHT = 760, 300
LEFT, RIGHT, TOP, FLOOR = 48, 16, 12, 260
FIRST_MS, LAST_MS = 0.5, 3_000.0
TICKS_MS = (1, 3, 10, 30, 100, 300, 1_000, 3_000)
ROW = 44
GAP = 2
LABEL, SUM = 70, 80
NARROWEST_WITH_TEXT = 34


class Curve(NamedTuple):
    """Which share was there after how many milliseconds, in order; `colour` is a class."""

    name: str
    colour: str
    points: Sequence[tuple[float, float]]


class Part(NamedTuple):
    """A stretch of a bar."""

    name: str
    colour: str
    value: float


class Bar(NamedTuple):
    """A bar, in the order of its parts."""

    name: str
    parts: Sequence[Part]

    @property
    def whole(self) -> float:
        """The sum of its parts."""
        return sum(part.value for part in self.parts)


def curves(lines: Sequence[Curve], *, aim_ms: float) -> str:
    """Draw cumulative distributions over a logarithmic axis, and a line at what is aimed at."""
    marks: list[str] = []
    for tick_ms in TICKS_MS:
        marks.append(_upright(tick_ms, "grid"))
        marks.append(_text(f"{tick_ms}", _x(tick_ms), FLOOR + 16))
    for percent in range(0, 101, 25):
        marks.append(_level(_y(percent / 100)))
        marks.append(_text(f"{percent} %", LEFT - 8, _y(percent / 100) + 4, anchor="end"))
    marks.append(_upright(aim_ms, "aim"))
    marks.append(_text("milliseconds", WIDTH / 2, HEIGHT - 6))
    marks += (f'<path class="curve {line.colour}" d="{_steps(line.points)}"/>' for line in lines if line.points)
    return _svg(HEIGHT, marks)


def bars(rows: Sequence[Bar], unit: str) -> str:
    """Draw bars that lie, one below the other, on a common scale; each ends with its sum."""
    scale = (WIDTH - LABEL - SUM) / (max((row.whole for row in rows), default=0.0) or 1.0)
    marks: list[str] = []
    for number, row in enumerate(rows):
        top, x = number * ROW, float(LABEL)
        marks.append(_text(row.name, LABEL - 10, top + 20, anchor="end", colour="name"))
        for part in row.parts:
            width = part.value * scale
            marks.append(_block(part, (x, top), (width - GAP, ROW - 14)))
            if width >= NARROWEST_WITH_TEXT:
                marks.append(_text(f"{part.value:.1f}", x + (width - GAP) / 2, top + 20, colour="inside"))
            x += width
        marks.append(_text(f"{row.whole:.1f} {unit}", x + 6, top + 20, anchor="start"))
    return _svg(len(rows) * ROW, marks)


def columns(groups: Sequence[Bar], unit: str) -> str:
    """Draw columns that stand side by side, with their sums above and their names below."""
    scale = (FLOOR - TOP - 14) / (max((group.whole for group in groups), default=0.0) or 1.0)
    pitch = (WIDTH - LEFT - RIGHT) / max(len(groups), 1)
    marks = [_level(FLOOR), _text(unit, WIDTH / 2, HEIGHT - 6)]
    for number, group in enumerate(groups):
        left, y = LEFT + pitch * number, float(FLOOR)
        marks.append(_text(group.name, left + pitch / 2, FLOOR + 16))
        for part in group.parts:
            y -= part.value * scale
            if part.value:
                marks.append(_block(part, (left + pitch * 0.14, y), (pitch * 0.72, part.value * scale - GAP)))
        marks.append(_text(f"{group.whole:.0f}", left + pitch / 2, y - 5))
    return _svg(HEIGHT, marks)


def legend(entries: Sequence[tuple[str, str]]) -> str:
    """Name the colours: pairs of a name and a class."""
    items = (f'<li><span class="swatch {colour}"></span>{escape(name)}</li>' for name, colour in entries)
    return f'<ul class="legend">{"".join(items)}</ul>'


def _svg(height: float, marks: Sequence[str]) -> str:
    return f'<svg viewBox="0 0 {WIDTH} {height:.0f}" role="img">{"".join(marks)}</svg>'


def _text(content: str, x: float, y: float, *, anchor: str = "middle", colour: str = "tick") -> str:
    return f'<text class="{colour}" x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">{escape(content)}</text>'


def _upright(ms: float, colour: str) -> str:
    return f'<line class="{colour}" x1="{_x(ms):.1f}" x2="{_x(ms):.1f}" y1="{TOP}" y2="{FLOOR}"/>'


def _level(y: float) -> str:
    return f'<line class="grid" x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{y:.1f}" y2="{y:.1f}"/>'


def _block(part: Part, corner: tuple[float, float], size: tuple[float, float]) -> str:
    """Draw a rectangle; one too small to be seen is drawn as a hairline."""
    x, y, width, height = (f"{value:.1f}" for value in (*corner, *(max(each, 0.5) for each in size)))
    title = f"<title>{escape(part.name)}: {part.value:.4g}</title>"
    return f'<rect class="{part.colour}" x="{x}" y="{y}" width="{width}" height="{height}" rx="2">{title}</rect>'


def _steps(points: Sequence[tuple[float, float]]) -> str:
    """Follow an empirical distribution: level up to each value, then up; values off the axis stand at its ends."""

    def moves() -> Iterator[str]:
        x, y = _x(points[0][0]), _y(0)
        yield f"M{x:.1f},{y:.1f}"
        for ms, share in points:
            x, y = _x(ms), _y(share)
            yield f"H{x:.1f}V{y:.1f}"

    return "".join(moves())


def _x(ms: float) -> float:
    inside_ms = min(max(ms, FIRST_MS), LAST_MS)
    return LEFT + (WIDTH - LEFT - RIGHT) * math.log(inside_ms / FIRST_MS) / math.log(LAST_MS / FIRST_MS)


def _y(share: float) -> float:
    return TOP + (FLOOR - TOP) * (1 - share)
