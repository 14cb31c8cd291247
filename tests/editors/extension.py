"""The extension as users get it: packed by `make vsix`, once for each state of its sources.

Invariant: what is given was packed from the files that are in the checkout now.
"""

from __future__ import annotations

import hashlib
from pathlib import Path

from editors.install import NotInstalled, run

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "vscode-client"
_SOURCES = ("vscode-client", "lsp", "engine", "hardware", "pyproject.toml", "requirements.lock", "Makefile")


def packed() -> Path:
    """Give the .vsix. Raises NotInstalled with what packing said."""
    stamp, sources = FOLDER / ".packed", _sources()
    found = sorted(FOLDER.glob("*.vsix"))
    if not found or not stamp.exists() or stamp.read_text() != sources:
        run("make", "vsix", folder=ROOT)
        stamp.write_text(sources)
        found = sorted(FOLDER.glob("*.vsix"), key=lambda path: path.stat().st_mtime_ns)
    if not found:
        raise NotInstalled("`make vsix` left no .vsix in vscode-client.")
    return found[-1]


def _sources() -> str:
    digest = hashlib.sha256()
    listed = run("git", "ls-files", "-z", "--cached", "--others", "--exclude-standard", *_SOURCES, folder=ROOT)
    for name in sorted(filter(None, listed.split("\0"))):
        path = ROOT / name
        digest.update(name.encode() + b"\0" + (path.read_bytes() if path.is_file() else b"") + b"\0")
    return digest.hexdigest()
