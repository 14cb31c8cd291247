"""From a key to ghost text on the screen, in a real VS Code: a real model beside a device that takes no time.

    PYTHONPATH=tests .venv/bin/python tests/bench/screen.py [--keys N] [--model NAME] [--json]

A part of a module is typed into the rest of it. Each key finds no ghost text on the screen (Escape has put it away, and
the last question is answered), so each figure is that of a suggestion that appears. It is taken in the page: from the
key's event to the change of the editor's elements, which the same frame paints. For the device that takes no time, the
part stands once more above, so that it has something to say; what it takes is VS Code's own share.
"""

from __future__ import annotations

import argparse
import asyncio
import random
import sys
import tempfile
import textwrap
import time
from contextlib import asynccontextmanager
from pathlib import Path
from statistics import quantiles
from typing import TYPE_CHECKING

import msgspec
from editors.extension import packed
from editors.hosting import hosted, install_extension
from editors.profile import profile
from editors.recording import Recording
from editors.workbench import CURSOR, window
from rich.console import Console
from rich.table import Table

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from editors.hosting import Host
    from editors.workbench import Workbench

SOURCE = Path(textwrap.__file__)
BEGIN, END = "    def _handle_long_word", "    def _wrap_chunks"
NAME = "typed.py"
WARM_UP = 20  # keys
PAUSES_S = (0.08, 0.2)  # a person's, between what is seen and the next key
LIMIT_S = 1.5
"""What takes longer counts as nothing shown."""
POLL_S = 0.01
PLAIN: dict[str, object] = {
    "editor.autoIndent": "none",
    "editor.autoClosingBrackets": "never",
    "editor.autoClosingQuotes": "never",
}

_WATCH = """() => {
  const editor = document.querySelector('.editor-group-container.active .monaco-editor');
  const shown = () => editor.querySelector('.ghost-text-decoration, .suggest-preview-text .view-line') !== null;
  window.tandemShown = null;
  let pressed = null;
  addEventListener('keydown', event => { pressed = event.timeStamp; window.tandemShown = null; }, true);
  new MutationObserver(() => {
    if (pressed !== null && shown()) {
      window.tandemShown = performance.now() - pressed;
      pressed = null;
    }
  }).observe(editor, {subtree: true, childList: true, characterData: true, attributeFilter: ['class']});
}"""


class Figures(msgspec.Struct, frozen=True, kw_only=True):
    """From key to ghost text, in milliseconds."""

    n: int
    p50_ms: float
    p95_ms: float


class Side(msgspec.Struct, frozen=True, kw_only=True):
    """What one device did; `asked` are those suggestions for which the engine had to compute."""

    device: str
    keys: int
    shown: Figures
    asked: Figures | None


class Key(msgspec.Struct, frozen=True):
    """One key that brought ghost text."""

    ms: float
    asked: bool


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--keys", type=int, default=200, help="that bring ghost text, with each device")
    parser.add_argument("--model", default="auto")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    sides = asyncio.run(measure(options.keys, options.model))
    if options.json:
        sys.stdout.write(msgspec.json.encode(sides).decode() + "\n")
    else:
        show(sides)
    return 0


async def measure(keys: int, model: str) -> list[Side]:
    before, part, after = scene()
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        home = Path(folder)
        install_extension(home, packed())
        async with hosted(home) as host:
            async with ready(host, home / "null", device="null") as workbench:
                null = await typed(workbench, f"{part}\n\n\n", part, "\n", keys)
            async with ready(host, home / "model", device="auto", model=model) as workbench:
                real = await typed(workbench, before, part, after, keys)
    return [side("null", *null), side(model, *real)]


def scene() -> tuple[str, str, str]:
    """Cut the module into what stands before the part that is typed, that part, and what stands after it."""
    source = SOURCE.read_text("utf-8")
    begin, end = source.index(BEGIN), source.index(END)
    return source[:begin], source[begin:end].rstrip("\n"), source[end:]


@asynccontextmanager
async def ready(host: Host, folder: Path, **tandem: object) -> AsyncIterator[Workbench]:
    """Open a window whose server can suggest."""
    (folder / "recording").mkdir(parents=True)
    recording = Recording(folder / "recording")
    host.settle(profile(recording.python, **tandem) | PLAIN)
    async with window(host, folder, recording) as workbench:
        await workbench.open("first.py", "")
        await workbench.ready()
        yield workbench


async def typed(workbench: Workbench, before: str, part: str, after: str, enough: int) -> tuple[int, list[Key]]:
    """Type until enough keys have brought ghost text; gives the keys typed, too."""
    await workbench.open(NAME, f"{before}{CURSOR}\n{after}")
    await workbench.page.evaluate(_WATCH)
    pauses = random.Random(1)
    shown: list[Key] = []
    for count, character in enumerate(part, start=1):
        await workbench.press({"\n": "Enter", " ": "Space"}.get(character, character))
        if key := await outcome(workbench, part[:count].rpartition("\n")[2]):
            shown.append(key)
            await workbench.press("Escape")
        if len(shown) == enough + WARM_UP:
            break
        await asyncio.sleep(pauses.uniform(*PAUSES_S))
    return count, shown[WARM_UP:]


async def outcome(workbench: Workbench, line: str) -> Key | None:
    """Wait for ghost text, or for the answer that there is none."""
    end_s = time.monotonic() + LIMIT_S
    while time.monotonic() < end_s:
        ms: float | None = await workbench.page.evaluate("window.tandemShown")
        asked = workbench.recording.questions(NAME)
        answered = bool(asked) and asked[-1].before == line and asked[-1].answer is not None
        if ms is not None:
            return Key(ms, asked=asked[-1].source == "engine")
        if answered and not asked[-1].answer:
            return None
        await asyncio.sleep(POLL_S)
    return None


def side(device: str, keys: int, shown: list[Key]) -> Side:
    asked = [key.ms for key in shown if key.asked]
    return Side(
        device=device,
        keys=keys,
        shown=figures([key.ms for key in shown]),
        asked=figures(asked) if len(asked) > 1 else None,
    )


def figures(values_ms: list[float]) -> Figures:
    cuts = quantiles(values_ms, n=20)
    return Figures(n=len(values_ms), p50_ms=round(cuts[9], 1), p95_ms=round(cuts[18], 1))


def show(sides: list[Side]) -> None:
    table = Table("device", "keys", "ghost text", "n", "p50 ms", "p95 ms", box=None, header_style="bold")
    for each in sides:
        for kind, found in (("all", each.shown), ("the engine was asked", each.asked)):
            if found:
                table.add_row(each.device, str(each.keys), kind, str(found.n), f"{found.p50_ms}", f"{found.p95_ms}")
    Console().print(table)


if __name__ == "__main__":
    sys.exit(main())
