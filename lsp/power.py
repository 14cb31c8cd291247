"""How much is computed before anybody asks, which makes suggestions fast and costs processor time.

Invariant: the answer to a request is the same under every policy; only when the work for it is done differs.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from lsp.settings import Power


class Policy(NamedTuple):
    """What is done at a change of a document, at a request, and after an answer.

    `early`: the model reads what was typed at once, and begins to decode where that is likely to be done before the
    next key, with `always` in any case; without it, a request waits for a pause in the typing. `ahead` is how many
    lines are computed of what would follow an accept.
    """

    early: bool
    always: bool
    ahead: int


POLICIES: dict[Power, Policy] = {
    "eco": Policy(early=False, always=False, ahead=0),
    "balanced": Policy(early=True, always=False, ahead=1),
    "eager": Policy(early=True, always=True, ahead=4),
}
