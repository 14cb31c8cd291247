"""A browser for VS Code's window: the one on the PATH, else Debian's, where that may be installed.

Invariant: the folder holds nothing but a link, since a browser is the system's own.
"""

from __future__ import annotations

import os
import shutil
import sys
from functools import cache
from pathlib import Path

from editors.install import NotInstalled, run, tool

VERSION = "system"

_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
_APPLICATIONS = ("/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",)
_BY_HAND = "The tests show VS Code in a browser: install Chromium or Google Chrome, e.g. by `apt-get install chromium`."


@cache
def executable() -> Path:
    """Give a browser of Chromium's family. Raises NotInstalled."""
    browser = _found() or tool("chromium") / "browser"
    if not browser.exists():
        raise NotInstalled(_BY_HAND)
    return browser


def install(folder: Path) -> None:
    """Link the browser, after installing it where that can be. Raises NotInstalled."""
    if not _found() and sys.platform == "linux" and shutil.which("apt-get") and os.geteuid() == 0:
        environment = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
        run("apt-get", "--quiet", "update", environment=environment)
        run("apt-get", "--quiet", "--yes", "--no-install-recommends", "install", "chromium", environment=environment)
    browser = _found()
    if browser is None:
        raise NotInstalled(_BY_HAND)
    (folder / "browser").symlink_to(browser)


def _found() -> Path | None:
    found = next(filter(None, map(shutil.which, (*_NAMES, *_APPLICATIONS))), None)
    return Path(found) if found else None
