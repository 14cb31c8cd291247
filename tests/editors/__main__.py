"""Installs the editors that the tests drive: all of them, or those that are named."""

from __future__ import annotations

import pkgutil
import sys
from typing import TYPE_CHECKING

from editors import tools
from editors.install import NotInstalled, tool

if TYPE_CHECKING:
    from collections.abc import Sequence


def main(names: Sequence[str]) -> int:
    """Install, and say where each tool is."""
    try:
        for name in names or [module.name for module in pkgutil.iter_modules(tools.__path__)]:
            sys.stdout.write(f"{name}: {tool(name)}\n")
    except NotInstalled as reason:
        sys.stderr.write(f"{reason}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
