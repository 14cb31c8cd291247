"""The editors that tests drive, and what they need, installed beside the system and kept in the user's cache.

    PYTHONPATH=tests .venv/bin/python -m editors [NAME ...]     installs them all, or these, as the first test does

Invariant: a tool's folder is whole or absent: it is built elsewhere, under a lock, and moved into place. So what is in
it must not hold its own address. Another `VERSION` is another folder.

A tool is a module in `editors.tools` with a `VERSION` and a function `install`, which fills an empty folder.
"""

from __future__ import annotations

import importlib
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Protocol, cast

import platformdirs
from filelock import FileLock

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


class NotInstalled(Exception):
    """A tool could not be installed; the message is a sentence that says what to do."""


class Recipe(Protocol):
    """What a module in `editors.tools` offers; `VERSION` changes with whatever `install` leaves behind."""

    VERSION: str

    def install(self, folder: Path) -> None:
        """Fill an empty folder, which is moved afterwards. Raises NotInstalled."""
        ...


def shelf() -> Path:
    """Give the folder that holds the tools (XDG_CACHE_HOME is honoured)."""
    return platformdirs.user_cache_path("tandem-tests", appauthor=False) / "editors"


def tool(name: str) -> Path:
    """Give a tool's folder, and install the tool first unless it is there. Raises NotInstalled."""
    recipe = cast("Recipe", importlib.import_module(f"editors.tools.{name}"))
    folder = shelf() / f"{name}-{recipe.VERSION}"
    if folder.exists():
        return folder
    shelf().mkdir(parents=True, exist_ok=True)
    with FileLock(shelf() / f"{name}.lock"):
        if not folder.exists():
            _build(recipe, folder)
    return folder


def run(*command: str | Path, folder: Path | None = None, environment: Mapping[str, str] | None = None) -> str:
    """Run a program that a recipe needs, and give its output. Raises NotInstalled with the end of what it said."""
    arguments = [str(word) for word in command]
    try:
        done = subprocess.run(
            arguments, cwd=folder, env=environment, capture_output=True, text=True, errors="replace", check=False
        )
    except OSError as error:
        raise NotInstalled(f"{arguments[0]} cannot be run ({error.strerror}): install it and try again.") from error
    if done.returncode:
        said = "\n".join(_last_lines(done.stdout + done.stderr))
        raise NotInstalled(f"{' '.join(arguments[:3])} failed with {done.returncode}; it said:\n{said}")
    return done.stdout


def _build(recipe: Recipe, folder: Path) -> None:
    started = time.perf_counter()
    _say(f"Installing {folder.name} for the tests ...")
    with tempfile.TemporaryDirectory(dir=folder.parent, prefix=f".{folder.name}-") as scratch:
        building = Path(scratch) / "tool"
        building.mkdir()
        recipe.install(building)
        building.rename(folder)
    _say(f"Installed {folder.name} in {time.perf_counter() - started:.0f} s.")


def _say(sentence: str) -> None:
    sys.stderr.write(f"{sentence}\n")
    sys.stderr.flush()


def _last_lines(text: str, limit: int = 15) -> Sequence[str]:
    return text.strip().splitlines()[-limit:]
