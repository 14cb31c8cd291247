"""The figures of one day, by language and kind of place, and how they add up.

Invariant: figures and two names, a language's and a kind's; nothing of a document. A language is an identifier of a
few plain characters, or "other", and there are at most `MOST_LANGUAGES` of them a day: what an editor sends cannot
make the file large, or put text into it.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Literal, get_args

import msgspec

if TYPE_CHECKING:
    from collections.abc import Iterable

Kind = Literal["rest", "line", "block", "middle", "word"]
"""Where a suggestion stood: see lsp/kind.py."""

Event = Literal["shown", "accepted", "retained_30_s", "changed_30_s", "retained_120_s", "changed_120_s"]
"""What can happen to a suggestion."""

KINDS: tuple[Kind, ...] = get_args(Kind)
MOST_LANGUAGES = 40
MOST_DAYS = 400
OTHER = "other"

_identifier = re.compile(r"[A-Za-z0-9+#._-]{1,30}")


class Figures(msgspec.Struct, kw_only=True):
    """What became of suggestions.

    `retained_30_s` are those of the accepted that stood there mostly unchanged after 30 seconds, `changed_30_s` those
    that did not; of the others, whose document was closed before, it is not known. Likewise after 120 seconds.
    """

    shown: int = 0
    accepted: int = 0
    retained_30_s: int = 0
    changed_30_s: int = 0
    retained_120_s: int = 0
    changed_120_s: int = 0

    def add(self, other: Figures) -> None:
        """Add what was counted elsewhere."""
        for event in get_args(Event):
            setattr(self, event, getattr(self, event) + getattr(other, event))


class Label(msgspec.Struct, frozen=True):
    """What figures are kept apart by: the day of showing or accepting (YYYY-MM-DD), the language, the kind."""

    day: str
    language: str
    kind: Kind


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """The figures under one label."""

    day: str
    language: str
    kind: Kind
    figures: Figures


class Pages(msgspec.Struct, frozen=True, kw_only=True):
    """All that is kept."""

    rows: tuple[Row, ...] = ()

    def with_rows(self, more: Iterable[Row]) -> Pages:
        """Add rows to these, and let the oldest days go."""
        sums: dict[Label, Figures] = {}
        languages: dict[str, set[str]] = {}
        for row in (*self.rows, *more):
            known = languages.setdefault(row.day, set())
            language = row.language if row.language in known or len(known) < MOST_LANGUAGES else OTHER
            known.add(language)
            sums.setdefault(Label(row.day, language, row.kind), Figures()).add(row.figures)
        kept = sorted(languages)[-MOST_DAYS:]
        return Pages(
            rows=tuple(
                Row(day=label.day, language=label.language, kind=label.kind, figures=figures)
                for label, figures in sums.items()
                if label.day in kept
            )
        )


def language_name(identifier: str) -> str:
    """Give a document's language as it may stand in the file."""
    return identifier if _identifier.fullmatch(identifier) else OTHER
