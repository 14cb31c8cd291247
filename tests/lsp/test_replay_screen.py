from __future__ import annotations

import io

import pytest
from rich.console import Console

from lsp.replay.player import View
from lsp.replay.screen import summary_table, watching
from lsp.replay.summary import Tally, summarise

TEXT = "".join(f"line_{number} = {number}\n" for number in range(1, 101))


def look(*views: View, terminal: bool) -> str:
    console = Console(file=io.StringIO(), force_terminal=terminal, width=80, height=20, color_system=None)
    with watching(console, "demo.py", "model on device") as watch:
        for view in views:
            watch.look(view)
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


def at(line: str, *, ghost: str = "", taken: str = "", text: str = TEXT) -> View:
    cursor = text.index(line) + len(line)
    return View(text=text, cursor=cursor, ghost=ghost, taken=taken, ms=41.6, tally=Tally())


def test_the_live_screen_shows_the_cursor_s_surroundings_and_the_ghost() -> None:
    seen = look(at("line_50 = 50", ghost=" + 1\n    and_more"), terminal=True)
    assert "50 line_50 = 50 + 1" in seen
    assert "\N{BOX DRAWINGS LIGHT VERTICAL}          and_more" in seen
    assert "51 line_51" in seen
    assert "line_10 " not in seen
    assert "demo.py" in seen
    assert " 42 ms " in seen
    assert "model on device" in seen


@pytest.mark.parametrize(
    ("text", "line"),
    [("", ""), ("a", "a"), ("a\r\nb", "b"), ("\x0c\x1b[2J", "\x1b"), ("\t\tx", "x"), ('"""\n\ndoc\n\n"""\n', "doc")],
)
def test_the_live_screen_shows_any_text(text: str, line: str) -> None:
    seen = look(at(line, text=text, ghost="ghost\n\tmore"), at(line, text=text), terminal=True)
    assert "ghost" in seen
    assert "\x1b[2J" not in seen


def test_plain_lines_name_what_was_accepted() -> None:
    seen = look(at("line_7"), at("line_7 = 7", taken=" = 7"), terminal=False)
    assert seen == "line 7       42 ms  accepted ' = 7'\n"


def test_the_table_has_the_figures() -> None:
    tally = Tally()
    tally.press(1)
    tally.accept(3)
    summary = summarise(tally, name="n.py", model="m", device="d", pace="max", seed=0, seconds=2.0, cpu_s=0.5)
    console = Console(file=io.StringIO(), width=80, color_system=None)
    console.print(summary_table(summary))
    assert isinstance(console.file, io.StringIO)
    seen = console.file.getvalue()
    assert "n.py · m on d" in seen
    assert "75%" in seen
    assert "p50 -, p95 -" in seen


def test_the_table_names_what_is_simulated() -> None:
    tally = Tally()
    tally.press(1)
    tally.latencies_ms.append(4.2)
    tally.simulated_ms.append(3.1)
    summary = summarise(
        tally, name="n", model="m", device="wafer", pace="simulated", seed=0, seconds=9.0, cpu_s=0.5, simulated_s=2.0
    )
    console = Console(file=io.StringIO(), width=90, color_system=None)
    console.print(summary_table(summary))
    assert isinstance(console.file, io.StringIO)
    rows = [line.split("│") for line in console.file.getvalue().splitlines() if "│" in line]
    told = {row[1].strip(): row[2].strip() for row in rows}
    assert "request to answer" not in told
    assert told["simulated: request to answer"] == "p50 4.2 ms, p95 4.2 ms"
    assert told["simulated: device"] == "p50 3.1 ms, p95 3.1 ms for a suggestion"
    assert told["simulated: all of it"] == "2 s"
    assert told["keys pressed"] == "1 in 9 s"
