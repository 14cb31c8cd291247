"""How long an editor waits for its first suggestion after it has started the server, with everything on disk.

    .venv/bin/python tests/bench/start.py [--model NAME] [--starts N] [--json]

A file is opened as soon as the server has answered `initialize`, and a suggestion is asked for until there is one.
"""

from __future__ import annotations

import argparse
import asyncio
import string
import sys
import time
from pathlib import Path
from statistics import median

import msgspec
from rich.console import Console

from lsp.headless import start_editor

PAUSE_S = 0.02  # between two requests
LIMIT_S = 60.0
LINE = "        return self.pattern.sub(convert, self.template"  # stands in the file, and its end is not hard to guess
LEFT_OUT = 4  # characters of it, for the model to find


class Start(msgspec.Struct, frozen=True, kw_only=True):
    """One start, on one clock that begins with the process."""

    initialize_ms: float
    ready_ms: float
    suggestion_ms: float


async def start(model: str, path: Path, text: str) -> Start:
    """Start a server, open a file, wait for a suggestion."""
    before, _, after = text.partition(LINE)
    started = time.perf_counter()
    async with start_editor(["--model", model]) as editor:
        document = editor.open(path, before + LINE[:-LEFT_OUT] + after)
        ready_ms, cursor = 0.0, len(before + LINE) - LEFT_OUT
        while (ms := 1e3 * (time.perf_counter() - started)) < 1e3 * LIMIT_S:
            if not ready_ms and (await editor.status()).state == "ready":
                ready_ms = ms
            if (await document.ask(cursor).answer).text:
                suggestion_ms = 1e3 * (time.perf_counter() - started)
                return Start(initialize_ms=editor.initialize_ms, ready_ms=ready_ms, suggestion_ms=suggestion_ms)
            await asyncio.sleep(PAUSE_S)
    raise RuntimeError(f"there was no suggestion within {LIMIT_S:.0f} seconds")


def main() -> int:
    """Measure and print; the first start fills the system's file cache and does not count."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", default="qwen2.5-coder-0.5b")
    parser.add_argument("--starts", type=int, default=5)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    path = Path(string.__file__)
    text = path.read_text(encoding="utf-8")
    starts = [asyncio.run(start(options.model, path, text)) for _ in range(options.starts + 1)][1:]
    middle = Start(
        **{name: round(median(getattr(each, name) for each in starts), 1) for name in Start.__struct_fields__}
    )
    if options.json:
        sys.stdout.write(msgspec.json.encode(middle).decode() + "\n")
    else:
        Console().print(
            f"{options.model}, median of {len(starts)} starts: initialize answered after {middle.initialize_ms:.0f}, "
            f"engine ready after {middle.ready_ms:.0f}, first suggestion after {middle.suggestion_ms:.0f} ms"
        )
    return 0


if __name__ == "__main__":
    sys.exit(main())
