"""VS Code as a web server: the real workbench, to be driven in a browser.

Native modules (spell checking, terminals) are left unbuilt, since no package's script is run; what the workbench and
its built-in extensions import is installed beside them instead.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from editors.install import tool
from editors.node import NODE, npm_install

if TYPE_CHECKING:
    from pathlib import Path

VERSION = "4.139.1"


def command() -> list[str]:
    """Give the words that start it. Raises NotInstalled."""
    return [str(NODE), str(tool("code_server") / "node_modules/code-server/out/node/entry.js")]


def install(folder: Path) -> None:
    """Fetch it, and what it imports. Raises NotInstalled."""
    (folder / "package.json").write_text("{}")
    npm_install(folder, f"code-server@{VERSION}")
    workbench = folder / "node_modules/code-server/lib/vscode"
    npm_install(workbench, "--omit=dev")
    npm_install(workbench / "extensions", "--omit=dev")
