"""Which names of a package are defined where, as far as single lines tell.

Invariant: a name is foreign at a place if another file of the package defines it and its own file holds it nowhere
else: from that file alone nobody could know it.
"""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from lsp.eval.manifest import Language
    from lsp.eval.sources import Source


_compound = re.compile(r"[^\W_]_[^\W_]|[a-z0-9][A-Z]")  # names of one word may well be a standard library's
_word = re.compile(r"\w+")
_definitions: dict[Language, re.Pattern[str]] = {
    "python": re.compile(
        r"^\s*(?:async\s+)?(?:def|class)\s+(\w+)|^\s*(\w+)\s*(?::[^\n]*)?=[^=]|^ +(\w+):\s*\S|self\.(\w+)\s*[:=][^=]",
        re.MULTILINE,
    ),
    "typescript": re.compile(
        r"\b(?:function|class|interface|type|enum|const|let)\s+(\w+)"
        r"|^\s+(?:(?:public|private|protected|readonly|static|async|get|set)\s+)*(\w+)\??\s*(?:[:=<]|\([^)]*\)\s*[:{])",
        re.MULTILINE,
    ),
    "rust": re.compile(
        r"\b(?:fn|struct|enum|trait|type|const|static|union)\s+(\w+)"
        r"|^\s+(?:pub(?:\([^)]*\))?\s+)?(\w+)\s*:[^:]|^\s+([A-Z]\w*)\s*[,({]",
        re.MULTILINE,
    ),
}


def defined_in(source: Source) -> frozenset[str]:
    """Find the names of several words that a source defines: functions, types, constants, fields."""
    found = (name for match in _definitions[source.language].finditer(source.text) for name in match.groups() if name)
    return frozenset(name for name in found if _compound.search(name))


class Names:
    """The names of one package."""

    def __init__(self, sources: Sequence[Source]) -> None:
        self._defined = {source.path: defined_in(source) for source in sources}
        self._counts = {source.path: Counter(_word.findall(source.text)) for source in sources}

    def foreign(self, source: Source, hole: str) -> int | None:
        """Find where in a hole of this source the first foreign name begins; None where there is none."""
        inside = Counter(_word.findall(hole))
        for word in _word.finditer(hole):
            name = word.group()
            if inside[name] == self._counts[source.path][name] and self._is_defined_elsewhere(source.path, name):
                return word.start()
        return None

    def _is_defined_elsewhere(self, path: str, name: str) -> bool:
        if name in self._defined[path]:
            return False
        return any(name in defined for other, defined in self._defined.items() if other != path)
