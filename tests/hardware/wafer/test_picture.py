from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from dataclasses import dataclass, replace
from itertools import combinations, pairwise
from pathlib import Path

import pytest

from hardware.wafer.architecture import find_architecture, workload_of
from hardware.wafer.canvas import Canvas
from hardware.wafer.picture import draw
from hardware.wafer.plan import Plan, Question, make_plan
from hardware.wafer.spec import load
from hardware.wafer.workload import Unknown

SVG = "{http://www.w3.org/2000/svg}"
WIDEST_GLYPH = 0.62
"""A bound for the mean letter of the fonts named, in parts of the size; digits are about as wide."""


@dataclass(frozen=True)
class Box:
    """A rectangle that words take up."""

    text: str
    left: float
    right: float
    top: float
    bottom: float

    def meets(self, other: Box) -> bool:
        beside = self.right <= other.left or other.right <= self.left
        return not (beside or self.bottom <= other.top or other.bottom <= self.top)


def box_of(words: ET.Element) -> Box:
    text, x, y = words.text or "", float(words.get("x", 0)), float(words.get("y", 0))
    style = words.get("style", "")
    usual = 19.0 if words.get("class") == "title" else 13.0
    px = float(style.removeprefix("font-size:").removesuffix("px")) if style else usual
    width = len(text) * px * WIDEST_GLYPH
    left = {"start": x, "middle": x - width / 2, "end": x - width}[words.get("text-anchor", "start")]
    return Box(text, left, left + width, y - 0.75 * px, y + 0.2 * px)


@pytest.fixture(scope="module", params=["smollm2-135m", "qwen2.5-coder-7b", "qwen2.5-coder-32b", "llama-3.1-70b"])
def plan(request: pytest.FixtureRequest) -> Plan:
    name = request.param
    return make_plan(workload_of(name, find_architecture(name)), load("wse3"), Question())


def test_no_words_lie_on_each_other_or_beyond_the_page(plan: Plan) -> None:
    root = ET.fromstring(draw(plan))
    width, height = float(root.get("width", 0)), float(root.get("height", 0))
    boxes = [box_of(words) for words in root.iter(f"{SVG}text")]
    assert len(boxes) > 20
    for box in boxes:
        assert box.left >= 0, box
        assert box.right <= width, box
        assert box.bottom <= height, box
    for one, other in combinations(boxes, 2):
        assert not one.meets(other), (one, other)


def test_names_of_any_length_are_cut_to_their_places() -> None:
    model = workload_of("smollm2-135m", find_architecture("smollm2-135m"))
    strange = Unknown(name="blk.0.bent", operator="far.away.W" + "i" * 200, inputs=576, outputs=576, held=0)
    named = replace(model, name="m" * 300, operations=(*model.operations[:5], strange, *model.operations[5:]))
    root = ET.fromstring(draw(make_plan(named, load("wse3"), Question())))
    boxes = [box_of(words) for words in root.iter(f"{SVG}text")]
    cut = [box.text for box in boxes if box.text.endswith("\N{HORIZONTAL ELLIPSIS}")]
    assert {text[:10] for text in cut} == {"m" * 10, "far.away.W"}
    assert max(box.right for box in boxes) <= float(root.get("width", 0))
    assert not any(one.meets(other) for one, other in combinations(boxes, 2))


def test_every_square_and_every_part_is_drawn(plan: Plan) -> None:
    root = ET.fromstring(draw(plan))
    tooltips = [title.text or "" for rect in root.iter(f"{SVG}rect") for title in rect.iter(f"{SVG}title")]
    stages = plan.schedule.placement.stages
    assert len(tooltips) == len(stages)
    assert sum("embedding and head" in each for each in tooltips) == plan.schedule.demand.slices
    texts = {words.text for words in root.iter(f"{SVG}text")}
    assert {name for name, _ in plan.parts} <= texts
    bars = [rect for rect in root.iter(f"{SVG}rect") if rect.get("class") == "bar"]
    assert len(bars) == len(plan.parts)
    ways = [line for line in root.iter(f"{SVG}line") if line.get("class") == "way"]
    wafers = plan.schedule.demand.wafers
    inside = sum(one.cell.wafer == other.cell.wafer for one, other in pairwise(stages))
    assert inside <= len(ways) <= inside + wafers - 1


def test_squares_lie_within_their_wafers_and_apart(plan: Plan) -> None:
    root = ET.fromstring(draw(plan))
    frames, squares = [], []
    for rect in root.iter(f"{SVG}rect"):
        x, y, width, height = (float(rect.get(key, "0").rstrip("%")) for key in ("x", "y", "width", "height"))
        if rect.get("class") == "frame":
            frames.append((x, y, width, height))
        elif rect.find(f"{SVG}title") is not None:
            squares.append((x, y, width, height))
    assert len(frames) == plan.schedule.demand.wafers
    for x, y, width, height in squares:
        assert any(
            left - 0.2 <= x and top - 0.2 <= y and x + width <= left + wide + 0.2 and y + height <= top + high + 0.2
            for left, top, wide, high in frames
        )
    for (x, y, size, _), (other_x, other_y, *_) in combinations(squares, 2):
        assert abs(x - other_x) > size - 0.3 or abs(y - other_y) > size - 0.3


def test_every_colour_has_a_value_for_light_and_one_for_dark(plan: Plan) -> None:
    text = draw(plan)
    light, dark = text.split("@media (prefers-color-scheme: dark)")
    used = set(re.findall(r"var\((--[\w-]+)\)", text))
    assert used
    for name in used:
        assert f"{name}: #" in light
        assert f"{name}: #" in dark
    assert "<script" not in text
    assert "href" not in text


def test_words_are_escaped() -> None:
    canvas = Canvas()
    canvas.words("a < b & c", 0, 0)
    canvas.box("frame", (0, 0), (1, 1), tooltip="<&>")
    root = ET.fromstring(canvas.render(10, 10, "x & y"))
    assert [each.text for each in root.iter(f"{SVG}text")] == ["a < b & c"]
    assert {each.text for each in root.iter(f"{SVG}title")} == {"x & y", "<&>"}


def test_the_picture_in_the_readme_is_what_the_command_draws() -> None:
    name = "qwen2.5-coder-7b"
    drawn = draw(make_plan(workload_of(name, find_architecture(name)), load("wse3"), Question()))
    shown = (Path(__file__).parents[3] / "docs" / "wafer-plan.svg").read_text("utf-8")
    assert shown == drawn, f"draw it anew: tandem wafer plan {name} --svg docs/wafer-plan.svg"
