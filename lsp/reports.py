"""What the server says about itself and about a suggestion, as the tools on the other end of the wire read it.

Invariant: only what is read is named here; further fields are let through, so that a server may say more.
"""

from __future__ import annotations

from typing import Literal

import msgspec

from engine.messages import Loading  # noqa: TC001 - msgspec reads the annotations at run time


class Times(msgspec.Struct, frozen=True):
    """Where a suggestion's time went, in milliseconds."""

    total_ms: float = 0.0
    prefill_ms: float = 0.0
    decode_ms: float = 0.0
    steps: int = 0
    cached_tokens: int = 0


class Provenance(msgspec.Struct, frozen=True):
    """Where a suggestion comes from: the argument of its `tandem.accepted` command."""

    model: str
    device: str
    tokens: int
    stop: str
    confidence: float
    source: Literal["engine", "typed-through", "cache"]
    timings: Times


class LastAnswer(msgspec.Struct, frozen=True):
    """How the last request went."""

    outcome: str = ""
    reason: str = ""


class Status(msgspec.Struct, frozen=True):
    """The answer to `tandem/status`."""

    state: Literal["stopped", "starting", "ready", "restarting", "failed"]
    reason: str = ""
    model: str = ""
    device: str = ""
    loading: Loading | None = None
    last: LastAnswer | None = None
