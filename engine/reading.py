"""What the model reads around a cursor, and in which order: the nearest lines, all that was given, the next window.

Invariant: an answer never waits for what it can do without. Where most of a prompt has yet to be read, the nearest
lines are read in its place, into a sequence of their own; the whole follows when nothing else is to be done, and serves
the requests that come then. So does the window after the next hop, before the cursor gets there.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from engine.continuation import Continuation

if TYPE_CHECKING:
    from collections.abc import Iterator

    from engine.cache import Pool
    from engine.continuation import Workbench
    from engine.messages import Complete, Warm
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
        found = self._pool.continuation(request.document, request.prefix, request.suffix)
        return found or (self._begin(request, request.prefix, self._prompt(request)), 0)

    def unread(self, request: Complete | Warm) -> Continuation | None:
        """Begin what is worth reading for the requests that may follow one; None when all of it has been read."""
        for prefix in _prefixes(request):
            prompt = self._prompts.build(prefix, request.suffix)
            if self._waiting(request, prompt):
                return self._begin(request, prefix, prompt)
        return None

    def _prompt(self, request: Complete | Warm) -> Prompt:
        """Build the prompt from all that was given or, if that saves much time, from the nearest lines."""
        whole, near = self._prompts.build(request.prefix, request.suffix), request.near
        if near is None:
            return whole
        nearest = self._prompts.build(request.prefix[near.start :], request.suffix[: near.end])
        saved = self._waiting(request, whole) - self._waiting(request, nearest)
        return nearest if self._bench.pace.fill_s(saved) > WORTH_S else whole

    def _waiting(self, request: Complete | Warm, prompt: Prompt) -> int:
        return self._pool.waiting(request.document, prompt.ids)

    def _begin(self, request: Complete | Warm, prefix: str, prompt: Prompt) -> Continuation:
        sequence = self._pool.take(request.document, prompt.ids)
        room = self._context_tokens - len(prompt.ids)
        return Continuation(self._bench, sequence, prompt, prefix, request.suffix, room=room)


class Reading:
    """Reads on after a request, a chunk at a time."""

    def __init__(self, reader: Reader, request: Complete | Warm) -> None:
        self._reader = reader
        self._request = request
        self._continuation: Continuation | None = None

    def step(self) -> bool:
        """Do at most one device step; tell whether everything has been read."""
        if self._continuation is None or self._continuation.is_filled:
            self._continuation = self._reader.unread(self._request)
        if self._continuation is None:
            return True
        self._continuation.fill()
        return False


def _prefixes(request: Complete | Warm) -> Iterator[str]:
    yield request.prefix
    if request.hop:  # whole lines only: the last one is read when it is there, not at each of its keys
        yield request.prefix[request.hop : request.prefix.rfind("\n") + 1]
