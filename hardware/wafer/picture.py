"""A plan as a picture: the wafers to scale, what lies on which square and how full, and where a token's time goes.

Invariant: one SVG without scripts, fonts or files of its own, in the reader's light or dark colours; every text has a
place that is kept free for it. A label that would not fit is left out (it is in the square's tooltip), a name is cut.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

from hardware.wafer.canvas import GLYPH, Canvas

if TYPE_CHECKING:
    from hardware.wafer.placement import Stage
    from hardware.wafer.plan import Plan

MARGIN, GAP, CAPTION = 24, 28, 22
TITLE_BOTTOM = 96
WAFERS_WIDTH, WAFERS_IN_A_ROW, TALLEST = 540, 3, 480
BUDGET_LEFT, LINE = 620, 21
LABEL_WIDTH, BAR_WIDTH, CYCLES_WIDTH, SHARE_WIDTH = 190, 110, 90, 60
WIDTH = BUDGET_LEFT + LABEL_WIDTH + BAR_WIDTH + CYCLES_WIDTH + SHARE_WIDTH + MARGIN
SHADES = 5
"""How many steps the colour of a square has, from empty to full; letters on the last two are of the other kind."""
LABEL_SHARE = 0.58
"""What of a square's width a label may take; beside it run the ways to the neighbours."""
SMALLEST_PX, LARGEST_PX = 8.0, 13.0
ARROW = 0.12
"""How far a way reaches into the squares that it joins, in parts of their size."""


def draw(plan: Plan) -> str:
    """Draw the plan; gives the text of an SVG file."""
    canvas = Canvas()
    schedule, demand = plan.schedule, plan.schedule.demand
    title = f"{schedule.model.workload.name} on {_count(demand.wafers, schedule.spec.title)}"
    _head(canvas, plan, title)
    bottom = max(_wafers(canvas, plan), _budget(canvas, plan))
    return canvas.render(WIDTH, bottom + MARGIN, title)


def _head(canvas: Canvas, plan: Plan, title: str) -> None:
    spec, demand, single = plan.schedule.spec, plan.schedule.demand, plan.single
    side = demand.layout.side
    canvas.words(title, MARGIN, 36, kind="title", room=WIDTH - 2 * MARGIN)
    canvas.words(
        f"{single.tokens_per_s:,.0f} tokens/s for one stream at {spec.clock_ghz:g} GHz, "
        f"first token after {plan.first_token_s.milliseconds:,.1f} ms of reading "
        f"{plan.question.context_tokens:,} tokens",
        MARGIN,
        60,
    )
    canvas.words(
        f"{demand.stages} squares of {side} x {side} cores; {plan.power_w / 1e3:,.1f} kW; "
        f"arithmetic in {single.utilisation:.2%} of all cycles, {plan.pipelined.utilisation:.1%} with "
        f"{plan.filled.streams} streams ({plan.pipelined.tokens_per_s:,.0f} tokens/s together)",
        MARGIN,
        81,
        kind="soft",
    )


@dataclass(frozen=True, slots=True)
class _Frame:
    """A wafer on the page: its corner, and how many pixels a core takes."""

    left: float
    top: float
    scale: float

    def corner(self, column: int, row: int, side: int) -> tuple[float, float]:
        """Where a square begins."""
        return self.left + column * side * self.scale, self.top + row * side * self.scale


def _wafers(canvas: Canvas, plan: Plan) -> float:
    """Draw all wafers and the legend below them; gives where that ends."""
    spec, count = plan.schedule.spec, plan.schedule.demand.wafers
    across = min(count, WAFERS_IN_A_ROW)
    scale = min((WAFERS_WIDTH - (across - 1) * GAP) / across / spec.columns, TALLEST / spec.rows)
    width, height = spec.columns * scale, spec.rows * scale
    frames = []
    for number in range(count):
        row, column = divmod(number, across)
        left, top = MARGIN + column * (width + GAP), TITLE_BOTTOM + row * (height + CAPTION + GAP)
        frames.append(_Frame(left, top, scale))
        canvas.box("frame", (left, top), (width, height))
        canvas.words(f"wafer {number + 1} of {count}", left, top + height + 17, kind="soft")
        if column:
            canvas.way((left - GAP + 4, top + height / 2), (left - 4, top + height / 2))
    for frame in frames:
        _empty(canvas, plan, frame)
    stages = plan.schedule.placement.stages
    for stage in stages:
        _square(canvas, plan, stage, frames[stage.cell.wafer])
    for before, after in pairwise(stages):
        if before.cell.wafer == after.cell.wafer:
            _way(canvas, plan, before, after, frames[after.cell.wafer])
    return _legend(canvas, frames[-1].top + height + CAPTION + GAP)


def _empty(canvas: Canvas, plan: Plan, frame: _Frame) -> None:
    layout = plan.schedule.demand.layout
    for column in range(layout.columns):
        for row in range(layout.rows):
            size = layout.side * frame.scale
            canvas.box("empty", frame.corner(column, row, layout.side), (size, size))


def _square(canvas: Canvas, plan: Plan, stage: Stage, frame: _Frame) -> None:
    spec, side = plan.schedule.spec, plan.schedule.demand.layout.side
    room = spec.sram_bytes - spec.code_bytes
    shade = min(SHADES - 1, (stage.weight_bytes + stage.cache_bytes) * SHADES // room)
    (left, top), size = frame.corner(stage.cell.column, stage.cell.row, side), side * frame.scale
    label = _label(stage)
    tooltip = (
        f"{f'layers {label}' if stage.pieces else 'embedding and head'}: {stage.weight_bytes:,} bytes of weights and "
        f"{stage.cache_bytes:,} of cache on the fullest core, of {room:,} beside the program"
    )
    canvas.box(f"f{shade}", (left, top), (size, size), tooltip)
    px = min(LARGEST_PX, LABEL_SHARE * size / (GLYPH * len(label)))
    if px >= SMALLEST_PX:
        kind = "deep" if shade >= SHADES - 2 else "pale"
        canvas.words(label, left + size / 2, top + size / 2 + px / 3, kind=kind, anchor="middle", px=px)


def _way(canvas: Canvas, plan: Plan, before: Stage, after: Stage, frame: _Frame) -> None:
    """Draw an arrow over the border that two neighbours share."""
    side = plan.schedule.demand.layout.side
    size = side * frame.scale
    (x1, y1), (x2, y2) = (frame.corner(each.cell.column, each.cell.row, side) for each in (before, after))
    middle = ((x1 + x2 + size) / 2, (y1 + y2 + size) / 2)
    reach = ((x2 - x1) * ARROW, (y2 - y1) * ARROW)
    canvas.way((middle[0] - reach[0], middle[1] - reach[1]), (middle[0] + reach[0], middle[1] + reach[1]))


def _label(stage: Stage) -> str:
    """Name the layers of a square; one that is cut up is named on each."""
    if not stage.pieces:
        return "V"
    first, last = stage.pieces[0].layer, stage.pieces[-1].layer
    return f"{first}" if first == last else f"{first}\N{EN DASH}{last}"


def _legend(canvas: Canvas, top: float) -> float:
    canvas.words("numbers: layers, V: embedding and head, arrows: a token's way", MARGIN, top)
    canvas.words("memory of a core that is filled, beside its program:", MARGIN, top + LINE, kind="soft")
    step = WAFERS_WIDTH / SHADES
    for shade in range(SHADES):
        left = MARGIN + shade * step
        canvas.box(f"f{shade}", (left, top + LINE + 10), (16, 16))
        low, high = 100 * shade // SHADES, 100 * (shade + 1) // SHADES
        canvas.words(f"{low}\N{EN DASH}{high} %", left + 22, top + LINE + 23, kind="soft")
    return top + LINE + 26


def _budget(canvas: Canvas, plan: Plan) -> float:
    """Draw a bar for each part of a token's time; gives where they end."""
    cycles, spec = plan.token_cycles, plan.schedule.spec
    line = TITLE_BOTTOM + 13.0
    canvas.words(
        f"one token: {cycles:,.0f} cycles, {spec.seconds(cycles).seconds * 1e6:,.0f} \N{MICRO SIGN}s", BUDGET_LEFT, line
    )
    longest = plan.parts[0][1].total
    for name, cost in plan.parts:
        line += LINE
        canvas.words(name, BUDGET_LEFT, line, kind="soft", room=LABEL_WIDTH)
        length = max(1.0, BAR_WIDTH * cost.total / longest)
        canvas.box("bar", (BUDGET_LEFT + LABEL_WIDTH, line - 11), (length, 13))
        right = BUDGET_LEFT + LABEL_WIDTH + BAR_WIDTH + CYCLES_WIDTH
        canvas.words(f"{cost.total:,.0f}", right, line, kind="soft", anchor="end")
        canvas.words(f"{cost.total / cycles:.1%}", right + SHARE_WIDTH, line, kind="soft", anchor="end")
    return line


def _count(wafers: int, title: str) -> str:
    return f"one {title}" if wafers == 1 else f"{wafers} {title}"
