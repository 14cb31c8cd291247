"""What was suggested at which state of a document, so that the same state, or typing on from it, needs no engine.

Invariant: what is found is exactly what the model said there. With the cursor at the state of an answer it is the
whole answer; after typing that agrees with an answer, or with another candidate beside it, it is the rest of that.

The state is what stands around the cursor, not a version: undoing, or removing what was typed, leads back to it. A
closing bracket or quote that the editor put behind the cursor by itself does not hide an answer.
"""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass
from typing import TYPE_CHECKING

import msgspec

from engine.messages import NATURAL_STOPS, Alternative

if TYPE_CHECKING:
    from engine.messages import Completed, Shape
    from lsp.context.window import Window

TAIL_CHARACTERS = 256
LOOKBACK_CHARACTERS = 160
LIMIT = 256
_CLOSERS = frozenset(")]}>\"'`")

_Key = tuple[str, str, str]


@dataclass(frozen=True, slots=True)
class Answer:
    """What the engine said, as it said it, for what shape, and how many candidates it was asked for."""

    completed: Completed
    shape: Shape
    candidates: int = 1

    @property
    def said(self) -> tuple[Alternative, ...]:
        """The answer and the others beside it, one like the other."""
        first = self.completed
        return (Alternative(first.text, first.tokens, first.stop, first.confidence), *first.others)

    @property
    def untyped(self) -> Found:
        """Give it as it is found where it was given."""
        return Found(self, "", self.said)


@dataclass(frozen=True, slots=True)
class Found:
    """An answer that still holds after some of it was `typed`, and what it says beyond that: at least one text."""

    answer: Answer
    typed: str
    left: tuple[Alternative, ...]

    @property
    def is_first_left(self) -> bool:
        """Whether the first text that is left is what is left of the answer's first."""
        return self.answer.completed.text == self.typed + self.left[0].text

    def is_whole(self, shape: Shape, candidates: int) -> bool:
        """Whether the engine had the time to end the answer, for the shape and the candidates that are wanted now."""
        enough = candidates == 1 or (self.answer.candidates >= candidates and not self.typed)
        return enough and self.answer.completed.stop in NATURAL_STOPS and self.answer.shape == shape


class Reuse:
    """Remembers the latest answers; nothing in it outlives its document."""

    def __init__(self, limit: int = LIMIT) -> None:
        self._limit = limit
        self._answers: OrderedDict[_Key, Answer] = OrderedDict()

    def remember(self, document: str, around: Window, answer: Answer) -> None:
        """Keep an answer, in place of the one that was used the longest time ago."""
        key = _key(document, around.prefix, len(around.prefix), around.suffix)
        self._answers[key] = answer
        self._answers.move_to_end(key)
        if len(self._answers) > self._limit:
            self._answers.popitem(last=False)

    def find(self, document: str, around: Window) -> Found | None:
        """Find the answer for this state, or the one from which the fewest characters were typed on."""
        prefix, suffix = around.prefix, around.suffix
        for typed in range(min(LOOKBACK_CHARACTERS, len(prefix)) + 1):
            end = len(prefix) - typed
            for behind in (suffix, suffix[1:]) if typed and suffix[:1] in _CLOSERS else (suffix,):
                key = _key(document, prefix, end, behind)
                answer = self._answers.get(key)
                if answer is not None and (left := _left(answer, prefix[end:])):
                    self._answers.move_to_end(key)
                    return Found(answer, prefix[end:], left)
        return None

    def forget(self, document: str) -> None:
        """Drop what is known of one document."""
        for key in [key for key in self._answers if key[0] == document]:
            del self._answers[key]

    def clear(self) -> None:
        """Drop everything: the model or the settings are others now."""
        self._answers.clear()


def _left(answer: Answer, typed: str) -> tuple[Alternative, ...]:
    """Give what is left of the texts that typing led into; with nothing typed that is all of each, even of none."""
    if not typed:
        return answer.said
    agreeing = (each for each in answer.said if len(each.text) > len(typed) and each.text.startswith(typed))
    return tuple(msgspec.structs.replace(each, text=each.text[len(typed) :]) for each in agreeing)


def _key(document: str, prefix: str, end: int, suffix: str) -> _Key:
    return document, prefix[max(end - TAIL_CHARACTERS, 0) : end], suffix[:TAIL_CHARACTERS]
