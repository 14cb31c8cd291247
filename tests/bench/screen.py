"""From a key to ghost text on the screen, in a real VS Code: a real model beside a device that takes no time.

    PYTHONPATH=tests .venv/bin/python tests/bench/screen.py [--keys N] [--asked N] [--model NAME] [--json]

Functions of modules are typed into the rest of them. Each key finds no ghost text on the screen (Escape has put it
away, and the last question is answered), so each figure is that of a suggestion that appears. It is taken in the page:
from the key's event to the change of the editor's elements, which the same frame paints. For the device that takes no
time, what is typed stands once more above, so that it has something to say; what it takes is VS Code's own share.

Most keys go on with what was suggested before, and the server knows the answer. `--asked` types on until so many keys
have needed the engine, too: of 200, some 12 do.
"""

from __future__ import annotations

import argparse
import ast
import asyncio
import random
import sys
import sysconfig
import tempfile
import time
from contextlib import asynccontextmanager
from pathlib import Path
from statistics import quantiles
from typing import TYPE_CHECKING, NamedTuple

import msgspec
from editors.extension import packed
from editors.hosting import hosted, install_extension
from editors.profile import profile
from editors.recording import Recording
from editors.workbench import CURSOR, window
from rich.console import Console
from rich.table import Table

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator, Sequence

    from editors.hosting import Host
    from editors.workbench import Workbench

MODULES = ("textwrap", "shlex", "calendar", "difflib", "configparser", "argparse", "optparse", "gettext", "mailbox")
LENGTHS = range(700, 2500)
"""How many characters functions have that are typed."""
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
  window.tandemStop?.();
  const editor = document.querySelector('.editor-group-container.active .monaco-editor');
  const shown = () => editor.querySelector('.ghost-text-decoration, .suggest-preview-text .view-line') !== null;
  window.tandemShown = null;
  let pressed = null;
  const press = event => { pressed = event.timeStamp; window.tandemShown = null; };
  addEventListener('keydown', press, true);
  const observer = new MutationObserver(() => {
    if (pressed !== null && shown()) {
      window.tandemShown = performance.now() - pressed;
      pressed = null;
    }
  });
  observer.observe(editor, {subtree: true, childList: true, characterData: true, attributeFilter: ['class']});
  window.tandemStop = () => { removeEventListener('keydown', press, true); observer.disconnect(); };
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


class Scene(NamedTuple):
    """A function that is typed, and what stands before and after it."""

    before: str
    part: str
    after: str


class Key(msgspec.Struct, frozen=True):
    """One key that brought ghost text."""

    ms: float
    asked: bool


class Enough(NamedTuple):
    """How many keys are to bring ghost text, and for how many of them the engine is to be needed."""

    keys: int
    asked: int

    def are(self, shown: Sequence[Key]) -> bool:
        """Tell whether these are as many."""
        return len(shown) >= self.keys and sum(key.asked for key in shown) >= self.asked


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--keys", type=int, default=200, help="that bring ghost text, with each device")
    parser.add_argument("--asked", type=int, default=0, help="that bring ghost text for which the engine was needed")
    parser.add_argument("--model", default="auto")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    sides = asyncio.run(measure(Enough(options.keys, options.asked), options.model))
    if options.json:
        sys.stdout.write(msgspec.json.encode(sides).decode() + "\n")
    else:
        show(sides)
    return 0


async def measure(enough: Enough, model: str) -> list[Side]:
    real = list(scenes())
    null = [Scene(f"{part}\n\n\n", part, "\n") for _, part, _ in real]
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        home = Path(folder)
        install_extension(home, packed())
        async with hosted(home) as host:
            async with ready(host, home / "null", device="null") as workbench:
                instant = await typed(workbench, null, enough)
            async with ready(host, home / "model", device="auto", model=model) as workbench:
                modelled = await typed(workbench, real, enough)
    return [side("null", *instant), side(model, *modelled)]


def scenes() -> Iterator[Scene]:
    """Cut functions of a fair length out of the standard library's modules, with all that stands around them."""
    for name in MODULES:
        source = (Path(sysconfig.get_path("stdlib")) / f"{name}.py").read_text("utf-8")
        lines = source.splitlines(keepends=True)
        for node in ast.walk(ast.parse(source)):
            if not isinstance(node, ast.FunctionDef):
                continue
            part = "".join(lines[node.lineno - 1 : node.end_lineno])
            if len(part) in LENGTHS and part.isascii():
                before, after = "".join(lines[: node.lineno - 1]), "".join(lines[node.end_lineno :])
                yield Scene(before, part.rstrip("\n"), after)


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


async def typed(workbench: Workbench, parts: Sequence[Scene], enough: Enough) -> tuple[int, list[Key]]:
    """Type until enough keys have brought ghost text; gives the keys typed, too."""
    pauses = random.Random(1)
    shown: list[Key] = []
    count = 0
    for number, (before, part, after) in enumerate(parts):
        name = f"typed{number}.py"
        await workbench.open(name, f"{before}{CURSOR}\n{after}")
        await workbench.page.evaluate(_WATCH)
        for end, character in enumerate(part, start=1):
            await workbench.press({"\n": "Enter", " ": "Space"}.get(character, character))
            count += 1
            if key := await outcome(workbench, name, part[:end].rpartition("\n")[2]):
                shown.append(key)
                await workbench.press("Escape")
            if enough.are(shown[WARM_UP:]):
                return count, shown[WARM_UP:]
            await asyncio.sleep(pauses.uniform(*PAUSES_S))
    return count, shown[WARM_UP:]


async def outcome(workbench: Workbench, name: str, line: str) -> Key | None:
    """Wait for ghost text, or for the answer that there is none."""
    end_s = time.monotonic() + LIMIT_S
    while time.monotonic() < end_s:
        ms: float | None = await workbench.page.evaluate("window.tandemShown")
        asked = workbench.recording.questions(name)
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
