"""Write, of the repository's locked requirements, those that the server needs to run.

    python pins.py requirements.lock > server/requirements.txt

Invariant: versions, hashes and markers are the lock's own, and what is needed on any platform is among them.
"""

from __future__ import annotations

import re
import sys
from importlib.metadata import PackageNotFoundError, requires
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

PROJECT = "tandem-lsp"
_name = re.compile(r"[A-Za-z0-9._-]+")


def needed(project: str) -> set[str]:
    """Name the project's dependencies and theirs, whatever platform they are for."""
    found: set[str] = set()
    open_: list[tuple[str, frozenset[str]]] = [(project, frozenset())]
    seen: set[tuple[str, frozenset[str]]] = set()
    while open_:
        one = open_.pop()
        if one in seen:
            continue
        seen.add(one)
        for requirement in _requirements(*one):
            name = canonicalize_name(requirement.name)
            found.add(name)
            open_.append((name, frozenset(requirement.extras)))
    return found


def _requirements(name: str, extras: frozenset[str]) -> list[Requirement]:
    try:
        lines = requires(name) or []
    except PackageNotFoundError:  # it is for another platform, and such packages need nothing more
        return []
    parsed = [Requirement(line) for line in lines]
    return [one for one in parsed if not _extra(one) or _extra(one) in extras]


def _extra(requirement: Requirement) -> str:
    """Name the extra that a requirement belongs to; empty for one that always holds."""
    found = re.search(r"extra == ['\"]([^'\"]+)['\"]", str(requirement.marker or ""))
    return found[1] if found else ""


def entries(lock: str) -> list[str]:
    """Cut a lock file into its entries, each with its hashes."""
    return [entry for entry in re.split(r"\n(?=\S)", lock) if _name.match(entry)]


def main() -> None:
    """Print the entries that are needed."""
    names = needed(PROJECT)
    for entry in entries(Path(sys.argv[1]).read_text()):
        found = _name.match(entry)
        if found and canonicalize_name(found[0]) in names:
            print(entry.rstrip())  # noqa: T201


if __name__ == "__main__":
    main()
