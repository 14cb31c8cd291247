"""How much is computed before anybody asks, which makes suggestions fast and costs processor time.

Invariant: the answer to a request is the same under every policy; only when the work for it is done differs.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from lsp.settings import Power


class Policy(NamedTuple):
    """What is done at a change of a document, at a request, and after an answer.

    `fills`: the model reads what was typed at once. `decodes`: it also begins to decode, where that is likely to be
    done before the next key; with `always`, in any case. `waits`: a request waits for a pause in the typing. `ahead`
    is how many lines are computed of what would follow an accept.
    """

    fills: bool
    decodes: bool
    always: bool
    waits: bool
    ahead: int


POLICIES: dict[Power, Policy] = {
    "eco": Policy(fills=False, decodes=False, always=False, waits=True, ahead=0),
    "balanced": Policy(fills=True, decodes=True, always=False, waits=False, ahead=1),
    "eager": Policy(fills=True, decodes=True, always=True, waits=False, ahead=4),
}
