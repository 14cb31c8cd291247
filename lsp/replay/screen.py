"""A replay to look at: the code as it is typed with the suggestion in grey, or plain lines where there is no terminal.

Invariant: looking on costs little: the live screen draws what is near the cursor, a few times a second.
"""

from __future__ import annotations

import re
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

from rich.console import Group
from rich.live import Live
from rich.panel import Panel
from rich.syntax import Syntax
from rich.table import Table
from rich.text import Text

from lsp.buffer import lines_of, place_of
from lsp.replay.summary import percentiles

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rich.console import Console

    from lsp.replay.player import View, Watch
    from lsp.replay.summary import Percentiles, Simulated, Summary, Tally

FRAMES_PER_S = 15
PLAIN_STATUS_S = 5.0
_HEIGHT = 32  # lines of code, at most
_LEAD = 200  # lines above the window that are looked at for a place where colouring can begin
_DEFINITION = re.compile(r"\s*(async def|class|def|fn|func|function|impl|pub) |@")
_GHOST = "bright_black italic"
_VISIBLE = dict.fromkeys((*range(9), *range(11, 32), 127), "\N{REPLACEMENT CHARACTER}")  # all but tab and newline


@contextmanager
def watching(console: Console, name: str, where: str) -> Iterator[Watch]:
    """Look on for as long as the context lasts; `where` says what computes the suggestions."""
    if not console.is_terminal:
        yield PlainScreen(console)
        return
    with Live(console=console, auto_refresh=False, transient=True) as live:
        yield LiveScreen(live, name, where)


class PlainScreen:
    """A line for each accepted suggestion, and one now and then to show that it goes on."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._said = time.monotonic()

    def look(self, view: View) -> None:
        """Print a line if there is something to say."""
        if view.taken:
            line = place_of(view.text, view.cursor).line + 1
            self._print(f"line {line:<4} {view.ms:5.0f} ms  accepted {view.taken!r}")
        elif time.monotonic() - self._said > PLAIN_STATUS_S:
            self._print(_counts(view.tally))

    def _print(self, line: str) -> None:
        self._said = time.monotonic()
        self._console.print(line, markup=False, highlight=False, soft_wrap=True)


class LiveScreen:
    """The code around the cursor, redrawn in place."""

    def __init__(self, live: Live, name: str, where: str) -> None:
        self._live = live
        self._name = name
        self._where = where
        self._lexer = Syntax.guess_lexer(name)
        self._drawn = 0.0

    def look(self, view: View) -> None:
        """Draw, unless that has just been done and nothing was suggested since."""
        now = time.monotonic()
        if now - self._drawn < 1 / FRAMES_PER_S and not view.taken and not view.ghost:
            return
        self._drawn = now
        height = max(3, min(_HEIGHT, self._live.console.height - 5))
        code = Text("\n").join(self._code(view, height)[:height])
        code.no_wrap, code.overflow = True, "crop"
        status = Text(f"{self._where} · {_counts(view.tally)}", style="cyan", no_wrap=True, overflow="ellipsis")
        panel = Panel(code, title=Text(self._name, style="bold"), title_align="left", subtitle_align="right")
        panel.subtitle = Text(_ms(view.ms), style="cyan") if view.ghost or view.taken else None
        self._live.update(Group(panel, status), refresh=True)

    def _code(self, view: View, height: int) -> list[Text]:
        """Lay out the lines around the cursor, two thirds of them above it."""
        lines = [line for _, line in lines_of(view.text)]
        row, column = place_of(view.text, view.cursor)
        first = max(0, min(row - height * 2 // 3, len(lines) - height))
        shown = self._coloured(lines, first, first + height)
        rows: list[Text] = []
        for number, line in enumerate(shown, first):
            extra: list[Text] = []
            if number == row:
                line, extra = _with_ghost(line, column, view.ghost)  # noqa: PLW2901 - the same line, with more on it
            rows.append(Text.assemble((f"{number + 1:>4} ", "bright_black"), line))
            rows += [Text.assemble("     ", ghost) for ghost in extra]
        for line in rows:
            line.expand_tabs(4)
        return rows

    def _coloured(self, lines: list[str], first: int, end: int) -> list[Text]:
        """Colour a window of lines, beginning at the definition above it: a window may open inside of a string."""
        lead = range(first, max(0, first - _LEAD) - 1, -1)
        begin = next((number for number in lead if number == 0 or _DEFINITION.match(lines[number])), first)
        code = "\n".join(lines[begin:end]).translate(_VISIBLE)
        text = Syntax(code, self._lexer, theme="ansi_dark").highlight(code)
        return list(text.split("\n", allow_blank=True))[first - begin : end - begin]


def _with_ghost(line: Text, column: int, ghost: str) -> tuple[Text, list[Text]]:
    """Put the suggestion in at the cursor; its further lines come below."""
    before, after = line.divide([column])
    first, *rest = (part for _, part in lines_of(ghost.translate(_VISIBLE)))
    cursor = first[:1] or after.plain[:1] or " "
    behind = Text.assemble((first[1:], _GHOST))
    tail = after if first else after[1:]
    below = [Text.assemble((part, _GHOST)) for part in rest]
    (below[-1] if below else behind).append_text(tail)
    return Text.assemble(before, (cursor, "reverse"), behind), below


def summary_table(summary: Summary) -> Table:
    """Lay out a summary for the eye."""
    rows = [
        ("keys pressed", f"{summary.keys} in {summary.seconds:.0f} s"),
        ("requests", f"{summary.requests} ({summary.cancelled} cancelled by the next key, counted as slower)"),
        ("shown", f"{summary.shown} of {summary.answered} answers ({summary.shown_share:.0%})"),
        ("typed through", f"{summary.typed_through}"),
        ("grown on screen", f"{summary.grown}"),
        ("accepted", f"{summary.accepted} suggestions, {summary.accepted_characters} characters"),
        ("keystrokes saved", f"{summary.keystrokes_saved:.0%}"),
        ("tokens", f"{summary.tokens} in {summary.steps} steps"),
        ("CPU per key", f"{summary.cpu_ms_per_key:.0f} ms"),
    ]
    if summary.simulated is None or summary.simulated.latency_ms is None:
        rows.append(("request to answer", _percentiles(summary.latency_ms)))
    if summary.simulated is not None:
        rows += _simulated_rows(summary.simulated)
    table = Table(
        title=f"{summary.name} · {summary.model} on {summary.device}", show_header=False, title_justify="left"
    )
    for name, value in rows:
        table.add_row(name, value)
    return table


def _simulated_rows(simulated: Simulated) -> list[tuple[str, str]]:
    rows = [("simulated: device", f"{_percentiles(simulated.device_ms)} for a suggestion")]
    if simulated.latency_ms is not None:
        rows.append(("simulated: request to answer", _percentiles(simulated.latency_ms)))
    if simulated.seconds is not None:
        rows.append(("simulated: all of it", f"{simulated.seconds:.0f} s"))
    return rows


def _counts(tally: Tally) -> str:
    latency = _percentiles(percentiles(tally.latencies_ms, tally.overtaken_ms))
    saved = tally.accepted_characters / tally.characters if tally.characters else 0.0
    return f"{tally.keys} keys · {tally.shown} shown · {tally.accepts} accepted · {saved:.0%} saved · {latency}"


def _percentiles(found: Percentiles) -> str:
    return f"p50 {_ms(found.p50)}, p95 {_ms(found.p95)}"


def _ms(value: float | None) -> str:
    if value is None:
        return "-"
    return f"{value:.1f} ms" if value < 10 else f"{value:.0f} ms"
