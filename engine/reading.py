"""What the model reads around a cursor, and in which order: the nearest lines, all that was given, the next window.

Invariant: an answer never waits for what it can do without. Where most of a prompt has yet to be read, the nearest
lines are read in its place, into a sequence of their own; the whole follows when nothing else is to be done, and serves
the requests that come then. So does the window after the next hop, before the cursor gets there.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from engine.continuation import Continuation
from engine.messages import NO_BACKGROUND, Frame

if TYPE_CHECKING:
    from collections.abc import Iterator

    from engine.cache import Pool, Sequence
    from engine.continuation import Workbench
    from engine.messages import Complete, Near, Warm
    from engine.prompt import Prompt, PromptBuilder

WORTH_S = 0.1
"""What reading only the nearest lines has to save."""


class Reader:
    """Finds or begins what the model says at a cursor."""

    def __init__(self, bench: Workbench, prompts: PromptBuilder, pool: Pool, context_tokens: int) -> None:
        self._bench = bench
        self._prompts = prompts
        self._pool = pool
        self._context_tokens = context_tokens

    def continuation(self, request: Complete | Warm) -> tuple[Continuation, int]:
        """Find the continuation that leads to a cursor, and how much of it was typed to get there; or begin one."""
        found = self._pool.continuation(request.document, request.prefix, request.frame)
        if found is not None and self._bench.pace.fill_s(found[0].waiting) <= WORTH_S:
            return found
        prompt = self._prompt(request)
        return self._begin(request, request.prefix, prompt, self._pool.take(request.document, prompt.ids)), 0

    def unread(self, request: Complete | Warm, prefix: str) -> Continuation | None:
        """Begin to read a prefix that may be asked about; None if it has been read, or at the cost of what has."""
        prompt = self._prompts.build(prefix, request.frame)
        sequence = self._pool.take_beside(request.document, prompt.ids) if self._waiting(request, prompt) else None
        return self._begin(request, prefix, prompt, sequence) if sequence else None

    def prefer(self, request: Complete | Warm, continuation: Continuation) -> None:
        """Have the requests that come now go on from this one."""
        self._pool.prefer(request.document, continuation)

    def _prompt(self, request: Complete | Warm) -> Prompt:
        """Build the prompt from all that was given or, if that saves much time, from the nearest lines."""
        whole, near = self._prompts.build(request.prefix, request.frame), request.near
        if near is None:
            return whole
        nearest = self._nearest(request, near)
        saved = self._waiting(request, whole) - self._waiting(request, nearest)
        return nearest if self._bench.pace.fill_s(saved) > WORTH_S else whole

    def _nearest(self, request: Complete | Warm, near: Near) -> Prompt:
        """Build the prompt from the nearest lines, behind the background where that has been read."""
        prefix, suffix = request.prefix[near.start :], request.suffix[: near.end]
        alone = self._prompts.build(prefix, Frame(NO_BACKGROUND, suffix))
        behind = self._prompts.build(prefix, Frame(request.background, suffix))
        return behind if self._waiting(request, behind) <= self._waiting(request, alone) else alone

    def _waiting(self, request: Complete | Warm, prompt: Prompt) -> int:
        return self._pool.waiting(request.document, prompt.ids)

    def _begin(self, request: Complete | Warm, prefix: str, prompt: Prompt, sequence: Sequence) -> Continuation:
        room = self._context_tokens - len(prompt.ids)
        return Continuation(self._bench, sequence, prompt, prefix, request.frame, room=room)


class Reading:
    """Reads on after a request, a chunk at a time: each prefix once, so that it comes to an end."""

    def __init__(self, reader: Reader, request: Complete | Warm) -> None:
        self._reader = reader
        self._request = request
        self._prefixes = list(_prefixes(request))
        self._continuation: Continuation | None = None

    def step(self) -> bool:
        """Do at most one device step; tell whether everything has been read."""
        while self._continuation is None:
            if not self._prefixes:
                return True
            self._continuation = self._reader.unread(self._request, self._prefixes.pop(0))
        self._continuation.fill()
        if self._continuation.is_filled:
            if self._continuation.prefix == self._request.prefix:
                self._reader.prefer(self._request, self._continuation)
            self._continuation = None
        return False


def _prefixes(request: Complete | Warm) -> Iterator[str]:
    yield request.prefix
    if request.hop:  # whole lines only: the last one is read when it is there, not at each of its keys
        yield request.prefix[request.hop : request.prefix.rfind("\n") + 1]
