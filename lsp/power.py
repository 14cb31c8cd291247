"""How much is computed before anybody asks, which makes suggestions fast and costs processor time.

Invariant: a policy decides when work is done and not what is answered, but for places that have not been read whole.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, NamedTuple

import msgspec

from lsp.settings import Power  # noqa: TC001 - msgspec reads the annotations at run time

if TYPE_CHECKING:
    from lsp.debounce import Debounce
    from lsp.settings import Settings


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


class Governing(msgspec.Struct, frozen=True, kw_only=True):
    """Which policy is in force, when decoding starts under it now, and why."""

    policy: Power
    decodes: Literal["at keys", "at requests"]
    reason: str


def decodes_at_keys(settings: Settings, debounce: Debounce) -> bool:
    """Whether decoding starts at a change: for most keys it has to be done before the next one to be of use."""
    policy = POLICIES[settings.power]
    wanted = policy.early and settings.trigger == "automatic"
    return policy.always or (wanted and not (debounce.is_behind and settings.debounce_ms))


def governing(settings: Settings, debounce: Debounce) -> Governing:
    """Say what the policy makes of this user's typing and this engine's pace."""
    name, policy = settings.power, POLICIES[settings.power]
    if policy.always or not policy.early:
        reason = f'power is "{name}"'
    elif settings.trigger == "manual":
        reason = 'trigger is "manual"'
    elif not settings.debounce_ms:
        reason = "debounceMs is 0"
    elif debounce.interval_ms is None or debounce.cost_ms is None:
        reason = "it is not known yet how fast the typing is"
    else:
        reason = f"a suggestion takes {debounce.cost_ms:.0f} ms, the next key comes after {debounce.interval_ms:.0f} ms"
    decodes: Literal["at keys", "at requests"] = "at keys" if decodes_at_keys(settings, debounce) else "at requests"
    return Governing(policy=name, decodes=decodes, reason=reason)
