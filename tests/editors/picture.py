"""A picture of Neovim's screen: what it tells a user interface to draw, as SVG.

Invariant: every cell has the character and the colours that Neovim gave it; nothing is made up but the font's size.
"""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias
from xml.sax.saxutils import escape

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

Event: TypeAlias = list[Any]  # a name and the arguments of each call, as MessagePack has them

WIDTH, HEIGHT, SIZE = 8.4, 18, 14
"""Of a cell and of a character, in pixels."""


class Look(NamedTuple):
    """A cell's colours, as 0xRRGGBB, and its style."""

    foreground: int
    background: int
    bold: bool = False
    italic: bool = False


class Cell(NamedTuple):
    """A character (empty behind a wide one), and how it looks."""

    text: str
    look: Look


class Screen:
    """The grid of cells that a user interface keeps."""

    def __init__(self, columns: int, rows: int) -> None:
        self._columns = columns
        self._rows = rows
        self._plain = Look(0, 0xFFFFFF)
        self._styles: dict[int, dict[str, Any]] = {}
        self._cells: dict[tuple[int, int], tuple[str, int]] = {}
        self._handlers: dict[str, Callable[..., None]] = {
            "default_colors_set": self._set_plain,
            "hl_attr_define": self._set_style,
            "grid_clear": self._clear,
            "grid_line": self._write,
            "grid_scroll": self._scroll,
        }

    def take(self, events: Iterable[Event]) -> None:
        """Draw what Neovim says."""
        for name, *calls in events:
            if handler := self._handlers.get(name):
                for call in calls:
                    handler(*call)

    def lines(self) -> list[list[Cell]]:
        """Give all cells, row by row."""
        return [[self._cell(row, column) for column in range(self._columns)] for row in range(self._rows)]

    def looks(self, row: int, column: int) -> set[Look]:
        """Say how what stands on a row looks, from a column on."""
        return {cell.look for cell in self.lines()[row][column:] if cell.text.strip()}

    def svg(self) -> str:
        """Draw a picture."""
        size = f'width="{self._columns * WIDTH:.0f}" height="{self._rows * HEIGHT}"'
        style = f"font-family:monospace;font-size:{SIZE}px;white-space:pre"
        back = f'<rect width="100%" height="100%" fill="#{self._plain.background:06x}"/>'
        runs = "\n".join(run for row, line in enumerate(self.lines()) for run in self._runs(row, line))
        return f'<svg xmlns="http://www.w3.org/2000/svg" {size} style="{style}">\n{back}\n{runs}\n</svg>\n'

    def _runs(self, row: int, line: list[Cell]) -> Iterator[str]:
        column = 0
        for look, cells in groupby(line, key=lambda cell: cell.look):
            run = list(cells)
            text, x, width = "".join(cell.text for cell in run), column * WIDTH, len(run) * WIDTH
            if look.background != self._plain.background:
                place = f'x="{x:.1f}" y="{row * HEIGHT}" width="{width:.1f}" height="{HEIGHT}"'
                yield f'<rect {place} fill="#{look.background:06x}"/>'
            if text.strip():
                style = ' font-weight="bold"' * look.bold + ' font-style="italic"' * look.italic
                place = f'x="{x:.1f}" y="{row * HEIGHT + SIZE}" textLength="{width:.1f}" xml:space="preserve"'
                yield f'<text {place} fill="#{look.foreground:06x}"{style}>{escape(text)}</text>'
            column += len(run)

    def _cell(self, row: int, column: int) -> Cell:
        text, style = self._cells.get((row, column), (" ", 0))
        look = self._styles.get(style, {})
        foreground = look.get("foreground", self._plain.foreground)
        background = look.get("background", self._plain.background)
        if look.get("reverse"):
            foreground, background = background, foreground
        return Cell(text, Look(foreground, background, bool(look.get("bold")), bool(look.get("italic"))))

    def _set_plain(self, foreground: int, background: int, *_: object) -> None:
        self._plain = Look(foreground, background)

    def _set_style(self, number: int, style: dict[str, Any], *_: object) -> None:
        self._styles[number] = style

    def _clear(self, _: int) -> None:
        self._cells.clear()

    def _write(self, _: int, row: int, column: int, cells: list[list[Any]], *__: object) -> None:
        style = 0
        for text, *rest in cells:
            style = rest[0] if rest else style
            for _repeated in range(rest[1] if len(rest) > 1 else 1):
                self._cells[row, column] = text, style
                column += 1

    def _scroll(self, _: int, top: int, bottom: int, left: int, right: int, rows: int, __: int) -> None:
        moved = {
            (row - rows, column): self._cells[row, column]
            for row, column in self._cells
            if top <= row < bottom and left <= column < right and top <= row - rows < bottom
        }
        self._cells.update(moved)
