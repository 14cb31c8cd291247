"""From an empty VS Code to the first ghost text: the steps of whoever tries Tandem, and how long each takes.

    PYTHONPATH=tests .venv/bin/python tests/bench/fresh.py [--keep-models] [--json]

The profile is empty, and no Python has Tandem installed; caches are empty as well, so that packages and the model's
weights come over the network, unless --keep-models leaves the user's cache in place.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
from editors.extension import packed
from editors.hosting import hosted
from editors.profile import CALM
from editors.recording import Recording
from editors.workbench import CURSOR, window
from rich.console import Console
from rich.table import Table

if TYPE_CHECKING:
    from editors.workbench import Workbench

LIMIT_S = 1200.0
CODE = f'''\
class Basket:
    def __init__(self, prices):
        self.prices = prices
        self.count = len(prices)

    def total(self):
        """Give the sum of all prices."""
        {CURSOR}
'''


class Step(msgspec.Struct, frozen=True):
    """Something that the user does or waits for, and when it was over, in seconds from the beginning."""

    what: str
    at_s: float


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--keep-models", action="store_true")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    steps = asyncio.run(measure(empty_cache=not options.keep_models))
    if options.json:
        sys.stdout.write(msgspec.json.encode(steps).decode() + "\n")
    else:
        table = Table("step", "done after s", box=None, header_style="bold")
        for step in steps:
            table.add_row(step.what, f"{step.at_s:.1f}")
        Console().print(table)
    return 0


async def measure(*, empty_cache: bool) -> list[Step]:
    package = packed()
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        home = Path(folder)
        (home / "workspace").mkdir()
        environment = {"XDG_CACHE_HOME": str(home / "cache")} if empty_cache else {}
        async with hosted(home, environment) as host:
            host.settle(CALM)
            async with window(host, home / "workspace", Recording(home)) as workbench:
                return await steps(workbench, package)


async def steps(workbench: Workbench, package: Path) -> list[Step]:
    """Do what a user does, and note when each thing is over."""
    workbench.page.set_default_timeout(LIMIT_S * 1e3)
    await workbench.open("basket.py", CODE)
    begun_s = time.perf_counter()

    def over(what: str) -> Step:
        sys.stderr.write(f"{time.perf_counter() - begun_s:7.1f} s  {what}\n")
        return Step(what, round(time.perf_counter() - begun_s, 1))

    await workbench.command("Extensions: Install from VSIX...")
    await workbench.page.locator(".quick-input-widget input").fill(str(package))
    await workbench.press("Enter")
    await workbench.says("Tandem: .*")
    done = [over("installed: Extensions, Install from VSIX, its file (the user does this)")]
    await workbench.says("Tandem: loading model.*")
    done.append(over("its Python environment is made (the user waits)"))
    await workbench.says("Tandem: (ready|slow).*")
    done.append(over("the model is there and loaded (the user waits)"))
    await workbench.focused("basket.py")
    await workbench.type("return su")
    await workbench.page.locator(".ghost-text-decoration").first.wait_for()
    done.append(over("the first ghost text, after a few keys (the user types)"))
    await workbench.picture("vscode_fresh")
    return done


if __name__ == "__main__":
    sys.exit(main())
