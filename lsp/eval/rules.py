"""What each rule did to what the model said.

Invariant: an answer counts for every rule that cut it. Where a rule was the only one, the two columns say what it was
worth; where several were, they say so of all of them together.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from collections.abc import Sequence

    from lsp.eval.score import Outcome


class Rule(msgspec.Struct, frozen=True, kw_only=True):
    """A rule: how many answers it acted on, of which so many were exact as shown, and would have been as said."""

    name: str
    n: int
    right: int
    right_as_said: int


def rules_of(outcomes: Sequence[Outcome]) -> list[Rule]:
    """Count for every rule that acted, the most frequent first."""
    cut: dict[str, list[Outcome]] = {}
    for each in outcomes:
        for rule in each.rules:
            cut.setdefault(rule, []).append(each)
    found = [
        Rule(
            name=name,
            n=len(some),
            right=sum(each.exact for each in some),
            right_as_said=sum(each.exact_as_said for each in some),
        )
        for name, some in cut.items()
    ]
    return sorted(found, key=lambda rule: (-rule.n, rule.name))
