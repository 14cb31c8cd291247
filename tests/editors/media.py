"""The pictures in the README: a real VS Code, a real model, and what a few keys bring.

    PYTHONPATH=tests .venv/bin/python -m editors.media

What is committed was taken by this, and shows what the model says, whole: it grows on the screen.
"""

from __future__ import annotations

import asyncio
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from editors.extension import FOLDER, packed
from editors.hosting import hosted, install_extension
from editors.profile import profile
from editors.recording import Recording
from editors.workbench import CURSOR, window

if TYPE_CHECKING:
    from editors.workbench import Workbench

WIDTH, HEIGHT = 640, 420
LARGEST_BYTES = 150_000
MODEL = "qwen2.5-coder-0.5b"
BARE: dict[str, object] = {
    "editor.cursorBlinking": "solid",
    "editor.fontSize": 14,
    "editor.renderLineHighlight": "none",
    "editor.scrollbar.vertical": "hidden",
    "editor.overviewRulerBorder": False,
    "editor.stickyScroll.enabled": False,
    "editor.hideCursorInOverviewRuler": True,
    "window.commandCenter": False,
    "window.menuBarVisibility": "hidden",
    "workbench.activityBar.location": "hidden",
    "workbench.editor.editorActionsLocation": "hidden",
    "workbench.layoutControl.enabled": False,
}
CODE = f'''\
class Basket:
    """What a customer is about to buy."""

    def __init__(self):
        self.items = {{}}

    def add(self, name, price, count=1):
        self.items[name] = (price, count)

    def remove(self, name):
        del self.items[name]

    def total(self):{CURSOR}
'''


async def main() -> None:
    """Take them all."""
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        home = Path(folder)
        (home / "shop").mkdir()
        install_extension(home, packed())
        async with hosted(home) as host:
            recording = Recording(home)
            host.settle(profile(recording.python, model=MODEL, device="cpu") | BARE)
            async with window(host, home / "shop", recording) as workbench:
                await workbench.page.set_viewport_size({"width": WIDTH, "height": HEIGHT})
                await workbench.open("basket.py", CODE)
                await workbench.ready()
                await workbench.press("Control+b", *["Control+ArrowUp"] * len(CODE.splitlines()))
                await story(workbench)


async def story(workbench: Workbench) -> None:
    """Ask for a method's body, take a word, then the rest."""
    await workbench.press("Enter")
    await workbench.shows_part("return")  # its last line
    await taken(workbench, "suggestion")
    await workbench.press("Control+ArrowRight")
    await taken(workbench, "word")
    await workbench.press("Tab")
    await taken(workbench, "accepted")


async def taken(workbench: Workbench, name: str) -> None:
    """Write a picture where the extension's README finds it."""
    path = FOLDER / "media" / f"{name}.png"
    editor = workbench.page.locator(".part.editor")
    await editor.screenshot(path=path, animations="disabled")
    size = path.stat().st_size
    sys.stdout.write(f"{path.name}: {size / 1000:.0f} kB\n")
    if size > LARGEST_BYTES:
        raise ValueError(f"{path.name} is too large for a README: show less.")


if __name__ == "__main__":
    asyncio.run(main())
