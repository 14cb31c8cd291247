"""Where a suggestion comes from, of no interest."""

from __future__ import annotations

from msgspec.structs import replace

from lsp.suggestion import Provenance, StageTimes

_ACCOUNT = Provenance(
    id="1",
    document="file:///a.py",
    model="m",
    device="d",
    tokens=3,
    stop="line",
    confidence=0.5,
    source="engine",
    timings=StageTimes(total_ms=1.0),
)


def account(**known: object) -> Provenance:
    """Give an account, with what of it matters."""
    return replace(_ACCOUNT, **known)
