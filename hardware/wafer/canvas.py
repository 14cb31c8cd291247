"""Shapes and words of an SVG, in colours that follow the reader's light or dark scheme.

Invariant: what is written is well-formed XML whatever the words, and takes no more room than it is given; colours are
named in the style sheet alone.
"""

from __future__ import annotations

import math
from html import escape

STYLE = """
svg { --paper: #ffffff; --ink: #1b1f24; --soft: #5b6570; --line: #c4ccd4; --mark: #d9580f;
  --f0: #e6eff9; --f1: #c3daf3; --f2: #93bde8; --f3: #4a86c5; --f4: #1d5896; --on-pale: #10233a; --on-deep: #ffffff }
@media (prefers-color-scheme: dark) { svg { --paper: #14181d; --ink: #e8ebee; --soft: #a2acb7; --line: #424b55;
  --mark: #f0a36b; --f0: #1b2836; --f1: #21405f; --f2: #2b5a88; --f3: #5d9bd6; --f4: #a5cdf3; --on-pale: #e8f1fa;
  --on-deep: #0c1a29 } }
text { font: 13px system-ui, "Segoe UI", "Helvetica Neue", Arial, sans-serif; fill: var(--ink) }
.paper { fill: var(--paper) } .title { font-size: 19px; font-weight: 600 } .soft { fill: var(--soft) }
.frame { fill: none; stroke: var(--soft); stroke-width: 1.5 } .empty { fill: none; stroke: var(--line) }
.f0, .f1, .f2, .f3, .f4 { stroke: var(--paper) } .bar { fill: var(--f3) }
.f0 { fill: var(--f0) } .f1 { fill: var(--f1) } .f2 { fill: var(--f2) } .f3 { fill: var(--f3) } .f4 { fill: var(--f4) }
.pale { fill: var(--on-pale) } .deep { fill: var(--on-deep) }
.way { stroke: var(--mark); stroke-width: 2; marker-end: url(#tip) } .edge { stroke: var(--paper); stroke-width: 5 }
.tip { fill: var(--mark); stroke: var(--paper); paint-order: stroke }
"""
TIP = (
    '<marker id="tip" viewBox="-1 -1 10 10" refX="6" refY="4" markerWidth="6" markerHeight="6" orient="auto">'
    '<path class="tip" d="M0 0 8 4 0 8z"/></marker>'
)
GLYPH = 0.62
"""About how wide a letter or digit is, in parts of the font's size; never less in the fonts that the style names."""

USUAL_PX = 13.0
SIZES_PX = {"title": 19.0}
"""As in the style sheet."""


class Canvas:
    """Collects shapes; `render` gives the file's text. Lengths are in pixels, from the top left corner."""

    def __init__(self) -> None:
        self._shapes: list[str] = []

    def box(self, kind: str, corner: tuple[float, float], size: tuple[float, float], tooltip: str = "") -> None:
        """Draw a rectangle of that width and height."""
        inner = f"<title>{escape(tooltip)}</title>" if tooltip else ""
        place = f'x="{corner[0]:.1f}" y="{corner[1]:.1f}" width="{size[0]:.1f}" height="{size[1]:.1f}"'
        self._shapes.append(f'<rect class="{kind}" {place}>{inner}</rect>')

    def words(
        self,
        text: str,
        left: float,
        baseline: float,
        *,
        kind: str = "",
        anchor: str = "start",
        px: float = 0,
        room: float = math.inf,
    ) -> None:
        """Write a line, cut to the `room` there is; `px` is the size of its letters where it is not its kind's."""
        if room < math.inf:
            text = shortened(text, int(room / (GLYPH * (px or SIZES_PX.get(kind, USUAL_PX)))))
        size = f' style="font-size:{px:.1f}px"' if px else ""
        place = f'x="{left:.1f}" y="{baseline:.1f}" text-anchor="{anchor}"'
        self._shapes.append(f'<text class="{kind}" {place}{size}>{escape(text)}</text>')

    def way(self, start: tuple[float, float], end: tuple[float, float]) -> None:
        """Draw an arrow, with an edge that sets it off from squares of any shade."""
        place = f'x1="{start[0]:.1f}" y1="{start[1]:.1f}" x2="{end[0]:.1f}" y2="{end[1]:.1f}"'
        self._shapes += [f'<line class="{kind}" {place}/>' for kind in ("edge", "way")]

    def render(self, width: float, height: float, title: str) -> str:
        """Give the whole file."""
        head = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:.0f} {height:.0f}" width="{width:.0f}"'
        shapes = "\n".join(self._shapes)
        return (
            f'{head} height="{height:.0f}" role="img">\n<title>{escape(title)}</title>\n<style>{STYLE}</style>\n'
            f'<defs>{TIP}</defs>\n<rect class="paper" width="100%" height="100%"/>\n{shapes}\n</svg>\n'
        )


def shortened(text: str, most: int) -> str:
    """Give at most so many characters of a text; an ellipsis stands for the rest."""
    return text if len(text) <= most else f"{text[: most - 1]}\N{HORIZONTAL ELLIPSIS}"
