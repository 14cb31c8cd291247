"""One suggestion as it goes to the editor, and the account of where it came from that travels with it.

Invariant: the account holds figures and names, never text of a document.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, NamedTuple

import msgspec

if TYPE_CHECKING:
    from lsp.document import Position

Source = Literal["engine", "typed-through", "cache"]


class StageTimes(msgspec.Struct, frozen=True, kw_only=True):
    """Where the time went, in milliseconds from the request's arrival; all but the total are the engine's."""

    total_ms: float
    queue_ms: float = 0.0
    prefill_ms: float = 0.0
    decode_ms: float = 0.0
    steps: int = 0
    prefilled_tokens: int = 0
    cached_tokens: int = 0
    simulated_ms: float | None = None


class Provenance(msgspec.Struct, frozen=True, kw_only=True):
    """Where a suggestion comes from; the argument of the command that reports its acceptance.

    With a source other than the engine, tokens, stop and confidence are those of the answer that it is a part of.
    """

    id: str
    document: str
    model: str
    device: str
    tokens: int
    stop: str
    confidence: float
    source: Source
    timings: StageTimes


class Suggestion(NamedTuple):
    """Text that would replace start..end, which lie on one line."""

    text: str
    start: Position
    end: Position
    provenance: Provenance
