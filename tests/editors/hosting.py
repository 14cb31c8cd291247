"""A running code-server with a profile of its own, and a browser for it.

Invariant: it listens on 127.0.0.1 alone and asks nobody outside for anything; it ends with us, however we end, and so
do the extension hosts and language servers that it started.
"""

from __future__ import annotations

import asyncio
import json
import os
import re
import subprocess
import sys
from contextlib import asynccontextmanager, contextmanager, suppress
from typing import TYPE_CHECKING, NamedTuple

import psutil
from editors import leashed
from editors.install import run
from editors.tools import chromium, code_server
from playwright.async_api import async_playwright

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
    from pathlib import Path

    from playwright.async_api import Browser

PATIENCE_S = 60.0
_NOWHERE = '{"serviceUrl": "http://127.0.0.1:9/"}'
_SERVED = ("--bind-addr", "127.0.0.1:0", "--auth", "none", "--reconnection-grace-time", "1")
_SILENT = ("--disable-telemetry", "--disable-update-check", "--disable-getting-started-override")
_TRUSTING = "--disable-workspace-trust"
_BROWSER = (
    *("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
)
_address = re.compile(r"(http://127\.0\.0\.1:\d+)/")


class Host(NamedTuple):
    """Where a workbench can be opened, and whose folders it has."""

    address: str
    home: Path
    process: psutil.Process
    browser: Browser

    def settle(self, settings: Mapping[str, object]) -> None:
        """Write the user's settings; a workbench that is open takes them over by itself.

        They stand twice: in a browser, the user has no say in what concerns the server's machine.
        """
        for place in ("User", "Machine"):
            path = self.home / "user" / place / "settings.json"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.with_suffix(".new").write_text(json.dumps(settings, indent=2), "utf-8")
            path.with_suffix(".new").replace(path)


@asynccontextmanager
async def hosted(
    home: Path, environment: Mapping[str, str] | None = None, *, trusting: bool = True
) -> AsyncIterator[Host]:
    """Serve workbenches out of a folder, which is left for who wants to look into its logs; all trust their folders,
    or else none does until it is told to.
    """
    async with async_playwright() as playwright:
        words = [*_SERVED, *_SILENT, *([_TRUSTING] if trusting else [])]
        with _served(_command(home, *words), home, environment or {}) as process:
            browser = await playwright.chromium.launch(executable_path=chromium.executable(), args=_BROWSER)
            try:
                yield Host(await _listening(home, process), home, process, browser)
            finally:
                await browser.close()


def install_extension(home: Path, package: Path) -> None:
    """Install a packed extension for all workbenches of a folder."""
    run(*_command(home, "--install-extension", str(package)), environment=_environment(home))


@contextmanager
def _served(command: Sequence[str], home: Path, environment: Mapping[str, str]) -> Iterator[psutil.Process]:
    command = [sys.executable, "-P", leashed.__file__, *command]
    surroundings = {**_environment(home), **environment}
    with (
        (home / "code-server.log").open("wb") as log,
        subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=log, stderr=log, env=surroundings, start_new_session=True
        ) as server,
    ):
        yield psutil.Process(server.pid)


async def _listening(home: Path, process: psutil.Process) -> str:
    log = home / "code-server.log"
    with suppress(TimeoutError):
        async with asyncio.timeout(PATIENCE_S):
            while process.is_running() and process.status() != psutil.STATUS_ZOMBIE:
                if found := _address.search(log.read_text("utf-8", "replace")):
                    return found.group(1)
                await asyncio.sleep(0.05)
    raise RuntimeError(f"code-server does not listen: {log.read_text('utf-8', 'replace')}")


def _command(home: Path, *arguments: str) -> list[str]:
    folders = ("--user-data-dir", str(home / "user"), "--extensions-dir", str(home / "extensions"))
    return [*code_server.command(), *folders, *arguments]


def _environment(home: Path) -> dict[str, str]:
    """Ours, but for what a terminal inside of VS Code would lead to that VS Code, and nothing of a login shell's."""
    ours = {name: value for name, value in os.environ.items() if not name.startswith("VSCODE_")}
    return ours | {"EXTENSIONS_GALLERY": _NOWHERE, "VSCODE_CLI": "1", "XDG_CONFIG_HOME": str(home / "config")}
