"""What is known of a language: how imports and definitions begin, and where the imported files are.

Invariant: `find` names files that exist, in the order of the imports, and looks nowhere but where an import may lead.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

    from lsp.context.disk import Disk


class Importer(NamedTuple):
    """A file that imports others: where it is, the folder that bounds its workspace, and its import statements."""

    file: Path
    root: Path
    statements: tuple[str, ...]


def nowhere(_: Importer, __: Disk) -> Iterator[Path]:
    """Find nothing: of this language nobody here knows where imports lead."""
    return iter(())


_NEVER = re.compile(r"(?!)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Language:
    """One language, or a family of them.

    `identifiers` gives LSP's name of the language for each suffix. `statement` matches an import's first line.
    `definition` matches that of what stands at the left margin, with its `name` and, where that is a group, its `kind`;
    in those of the kinds `containers` a line of the body is listed if `member` matches it. `stub` stands for a body
    that is left out, and `closing` ends a list of members.
    """

    identifiers: Mapping[str, str] = field(default_factory=dict)
    statement: re.Pattern[str]
    definition: re.Pattern[str] = _NEVER
    containers: frozenset[str] = frozenset()
    member: re.Pattern[str] = _NEVER
    stub: str = ""
    closing: str = ""
    find: Callable[[Importer, Disk], Iterator[Path]] = nowhere


NEUTRAL = Language(
    statement=re.compile(
        r"import\b|#\s*include\b|#\s*import\b|using\s[\w.:=<>; ]+$|require(_relative)?\b|use\s+[\w\\:]+.*;\s*$"
    )
)
"""Any other language: the lines that import look much alike, and where they lead is not known."""
