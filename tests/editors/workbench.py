"""One VS Code window, used as a person does: keys go in, and what is on the screen and in the files comes out.

Invariant: nothing waits for a span of time, everything for a condition; what does not come about within `PATIENCE_S` is
an error that says what was there instead.
"""

from __future__ import annotations

import asyncio
import re
import time
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

import msgspec
from editors.profile import PATIENT, profile
from editors.texts import ADD
from playwright.async_api import TimeoutError as NotInTime

from lsp.settings import Settings

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from editors.hosting import Host
    from editors.recording import Recording
    from playwright.async_api import Page

PATIENCE_S = 60.0
CURSOR = "\N{BROKEN BAR}"
ARTEFACTS = Path(__file__).parents[2] / "test-artifacts"
SIZE = {"width": 1000, "height": 640}
_NOTHING = (200, 15)
"""A place over which a mouse pointer does nothing."""

_GROUP = ".editor-group-container.active"
_EDITOR = f"{_GROUP} .monaco-editor"
_EXPLORER = ".explorer-folders-view .monaco-list:focus-within"
_GHOST = f"""() => {{
  const parts = selector => [...document.querySelectorAll(`{_EDITOR} ${{selector}}`)].map(part => part.textContent);
  const inline = parts('.view-line :is(.ghost-text-decoration, .ghost-text-decoration-preview)').join('');
  const lines = [inline, ...parts('.suggest-preview-text .view-line')];
  return lines.join('\\n').replaceAll('\\u00a0', ' ').replaceAll('\\u200b', '');
}}"""


class Workbench:
    """A page with a workbench in it, its folder, and the record of what its servers say."""

    def __init__(self, host: Host, page: Page, folder: Path, recording: Recording) -> None:
        self.host = host
        self.page = page
        self.folder = folder
        self.recording = recording

    async def open(self, name: str, text: str) -> None:
        r"""Write a file and open it, with the cursor where `CURSOR` stands in the text; \r\n stays."""
        before, _, after = text.partition(CURSOR)
        (self.folder / name).parent.mkdir(exist_ok=True)
        (self.folder / name).write_bytes((before + after).encode())
        column = len(before[before.rfind("\n") + 1 :].encode("utf-16-le")) // 2 + 1
        await self.show(name, before.count("\n") + 1, column)

    async def show(self, name: str, line: int, column: int) -> None:
        """Open a file that is there, at a place counted from 1, in UTF-16 units."""
        path = self.folder / name
        await self._pick("Control+p", f"{path}:{line}:{column}", " ".join(reversed(Path(name).parts)))
        await self.focused(name)
        await self.page.locator(f"{_EDITOR} .active-line-number").get_by_text(str(line), exact=True).wait_for()

    async def focused(self, name: str) -> None:
        """Wait until keys go into this file."""
        await self.page.locator(f'{_EDITOR}.focused[data-uri$="/{name}"]').wait_for()

    async def rename(self, old: str, new: str) -> None:
        """Rename the file in front, in the explorer, and go back to it."""
        await self._reveal(old)
        await self._rename(new)
        await self.focused(new)

    async def rename_folder(self, old: str, new: str, name: str) -> None:
        """Rename the folder that the file in front, which has this name, stands in, and go back to the file."""
        await self._reveal(name)
        await self.press("ArrowLeft")
        await self.page.locator(f"{_EXPLORER} .monaco-list-row.focused").filter(has_text=old).wait_for()
        await self._rename(new)
        await self.focused(f"{new}/{name}")

    async def _reveal(self, name: str) -> None:
        await self.command("File: Reveal Active File in Explorer View")
        await self.page.locator(f"{_EXPLORER} .monaco-list-row.focused.selected").filter(has_text=name).wait_for()

    async def _rename(self, name: str) -> None:
        await self.press("F2", "Control+a")
        await self.type(name)
        await self.press("Enter")
        await self.page.locator(f"{_EXPLORER} .monaco-list-row").filter(has_text=name).wait_for()
        await self.press("Control+1")

    async def type(self, text: str) -> None:
        """Press the keys that write a text, one after the other."""
        await self.page.keyboard.type(text)

    async def press(self, *keys: str) -> None:
        """Press keys by their names, such as Control+Space."""
        for key in keys:
            await self.page.keyboard.press(key)

    async def command(self, title: str) -> None:
        """Run a command by the palette."""
        await self._pick("F1", f">{title}", title)

    async def _pick(self, key: str, words: str, label: str) -> None:
        """Choose from what VS Code finds for these words; others may come before the one that is meant."""
        await self.press(key)
        widget = self.page.locator(".quick-input-widget")
        await widget.locator("input").fill(words)
        await widget.locator(f'.monaco-list-row:is([aria-label="{label}"], [aria-label^="{label}, "])').click()
        await self.page.mouse.move(*_NOTHING)

    async def ghost(self) -> str:
        """Read the ghost text off the screen: what is to come at the cursor, further lines each after a line break."""
        return str(await self.page.evaluate(_GHOST))

    async def shows(self, text: str) -> None:
        """Wait until this, and nothing else, is the ghost text."""
        await self._sees("=== text", text)

    async def shows_part(self, text: str) -> None:
        """Wait until this is a part of the ghost text."""
        await self._sees(".includes(text)", text)

    async def _sees(self, condition: str, text: str) -> None:
        try:
            await self.page.wait_for_function(f"text => ({_GHOST})(){condition}", arg=text, timeout=PATIENCE_S * 1e3)
        except NotInTime:
            raise AssertionError(f"ghost text is {await self.ghost()!r}, not {text!r}") from None

    async def suggests_elsewhere(self, name: str) -> None:
        """See a suggestion in another file: what is asked there comes after all that was told before."""
        await self.open(name, f"{ADD}    return {CURSOR}\n")
        await self.type("l")
        await self.shows("eft + right")

    async def menu_with(self, entry: str) -> None:
        """Wait for the menu of words to have this entry, and choose it; the word being typed may stand before it."""
        rows = self.page.locator(".suggest-widget.visible .monaco-list-row").filter(has_text=entry)
        chosen = self.page.locator(".suggest-widget.visible .monaco-list-row.focused").filter(has_text=entry)
        await rows.first.wait_for()
        if not await chosen.is_visible():
            await self.press("ArrowDown")
        await chosen.wait_for()

    async def says(self, pattern: str) -> None:
        """Wait until Tandem's place in the status bar has this text, a regular expression."""
        place = self.page.locator('.statusbar-item[id$="tandem.status"]')
        await place.filter(has_text=re.compile(f"{pattern}$")).wait_for()

    async def notifies(self, part: str, button: str = "") -> None:
        """Wait for a message with this in it, and with this button."""
        toast = self.page.locator(".notification-toast").filter(has_text=part)
        await (toast.locator(".monaco-button").filter(has_text=button) if button else toast).wait_for()

    async def answered(self, name: str, before: str) -> list[str]:
        """Wait until the latest question in a document was asked after this part of a line, and give its answer."""

        def answer() -> list[str] | None:
            asked = self.recording.questions(name)
            return asked[-1].answer if asked and asked[-1].before == before else None

        await self.until(lambda: answer() is not None, f"an answer after {before!r} in {name}")
        return answer() or []

    async def settled(self, **tandem: object) -> None:
        """Change the user's settings to patient ones and these, and wait until the server goes by them."""
        settings = PATIENT | tandem
        self.host.settle(profile(self.recording.python, **settings))
        usual = msgspec.json.decode(msgspec.json.encode(Settings(device="null")))
        wanted = usual | {name: value for name, value in settings.items() if name in usual}
        device = wanted["device"]

        def given() -> bool:
            latest = self.recording.latest()
            return latest is not None and wanted.items() <= latest.settings.items() and latest.engine[1] == device

        await self.until(given, f"a server with {tandem}")

    async def ready(self) -> None:
        """Wait for a server that can suggest."""
        await self.until(self._is_ready, "a server that is ready")

    def _is_ready(self) -> bool:
        latest = self.recording.latest()
        return latest is not None and latest.state == "ready"

    async def until(self, condition: Callable[[], bool], what: str) -> None:
        """Look until something has come about."""
        end_s = time.monotonic() + PATIENCE_S
        while not condition():
            if time.monotonic() > end_s:
                raise AssertionError(f"waited {PATIENCE_S:.0f} s for {what}")
            await asyncio.sleep(0.02)

    async def saved(self, name: str) -> str:
        r"""Save the file that is open, and read it; \r\n stays."""
        await self.press("Control+s")
        path = self.folder / name
        await self.page.locator(f'{_GROUP} .tab.active:not(.dirty)[data-resource-name="{path.name}"]').wait_for()
        return path.read_bytes().decode()

    async def picture(self, name: str) -> None:
        """Keep what is on the screen."""
        ARTEFACTS.mkdir(exist_ok=True)
        await self.page.screenshot(path=ARTEFACTS / f"{name}.png")


@asynccontextmanager
async def window(host: Host, folder: Path, recording: Recording) -> AsyncIterator[Workbench]:
    """Open a window on a folder."""
    context = await host.browser.new_context(viewport=SIZE)  # type: ignore[arg-type]
    context.set_default_timeout(PATIENCE_S * 1e3)
    try:
        page = await context.new_page()
        await page.goto(f"{host.address}/?folder={quote(str(folder))}")
        await page.locator(".monaco-workbench .statusbar").wait_for(timeout=60_000)
        yield Workbench(host, page, folder, recording)
    finally:
        await context.close()
