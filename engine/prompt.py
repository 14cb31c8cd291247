"""What the model reads: background + opening + suffix + middle + prefix, as token ids that typing only appends to.

Invariant: with the same frame (background and suffix), a longer prefix gives a prompt that begins with the shorter
one's, except when the window hops (once every few hundred tokens) and for the tokens at the cursor that are taken back:
`prompt.ids` stands for the prefix less `prompt.taken_back`, which the completion has to begin with.

Why take back: a model is trained on whole tokens. A prompt that ends inside one, in a word or in indentation, is a text
it has never seen.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from itertools import chain
from typing import TYPE_CHECKING, TypeVar

import msgspec

from engine.errors import BundleError
from engine.messages import NO_BACKGROUND
from engine.tokenizer import NULL_SPECIALS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from engine.messages import Background, Frame
    from engine.tokenizer import Encoded, Tokenizer

T = TypeVar("T")

COMPLETION_SHARE = 4  # of the context, 1/4 is kept for the completion
SUFFIX_SHARE = 4  # and at most 1/4 goes to the suffix
BACKGROUND_SHARE = 4  # and at most 1/4 to other files
HOP_SHARE = 3  # of a full prefix window, this part is dropped at once
CHARACTERS_PER_TOKEN = 16  # more than code ever has, on average over a window
TAKEN_BACK_TOKENS = 8
REMEMBERED = 16  # Warm and Complete ask for the same prompts, up to three each; two documents take turns


class PromptFormat(msgspec.Struct, frozen=True, kw_only=True):
    """The special tokens around suffix and prefix, by name, and those with which the model ends a completion.

    `project` stands before a project's name, `file` before each file's path; empty where the model knows none.
    """

    opening: tuple[str, ...]
    middle: tuple[str, ...]
    stops: tuple[str, ...]
    project: str = ""
    file: str = ""


NULL_FORMAT = PromptFormat(
    file=NULL_SPECIALS[0], opening=NULL_SPECIALS[1:2], middle=NULL_SPECIALS[2:3], stops=NULL_SPECIALS[3:]
)


@dataclass(frozen=True, slots=True)
class Prompt:
    """Token ids, never none, and the bytes before the cursor that they leave out."""

    ids: tuple[int, ...]
    taken_back: bytes


class PromptBuilder:
    """Builds prompts for one model within `context_tokens`, which hold the completion too."""

    def __init__(self, tokenizer: Tokenizer, form: PromptFormat, context_tokens: int) -> None:
        if not form.opening + form.middle:
            raise BundleError("The prompt format has no special token before the prefix; prepare the model again.")
        self._tokenizer = tokenizer
        self._opening = tuple(map(tokenizer.special, form.opening))
        self._middle = tuple(map(tokenizer.special, form.middle))
        self._project = tokenizer.special(form.project) if form.project else None
        self._file = tokenizer.special(form.file) if form.file else None
        self._suffix_tokens = context_tokens // SUFFIX_SHARE
        self._background_tokens = context_tokens // BACKGROUND_SHARE
        self._prompt_tokens = context_tokens - context_tokens // COMPLETION_SHARE
        self.build = lru_cache(REMEMBERED)(self._build)
        self._suffix = lru_cache(REMEMBERED)(self._cut_suffix)
        self._background = lru_cache(REMEMBERED)(self._cut_background)

    def _build(self, prefix: str, frame: Frame) -> Prompt:
        background = self._background(frame.background)
        head = (*background, *self._opening, *self._suffix(frame.suffix), *self._middle)
        room = self._prompt_tokens - len(head)
        text = "".join(recent(prefix, room * CHARACTERS_PER_TOKEN))
        encoded = self._tokenizer.encode(text)
        keep = len(encoded.ids) - tokens_to_take_back(self._tokenizer, text, encoded)
        return Prompt(head + tuple(recent(encoded.ids[:keep], room)), self._tokenizer.join(encoded.ids[keep:]))

    def _cut_background(self, background: Background) -> tuple[int, ...]:
        """Write what comes before the window; excerpts from the last one back, while they fit."""
        if self._file is None or background == NO_BACKGROUND:
            return ()
        begin = () if self._project is None else self._named(self._project, background.project)
        end = self._named(self._file, background.path)
        room = self._background_tokens - len(begin) - len(end)
        pieces: list[tuple[int, ...]] = []
        for excerpt in reversed(background.excerpts):
            piece = (*self._named(self._file, excerpt.path), *self._line(excerpt.text))
            room -= len(piece)
            if room < 0:
                break
            pieces.append(piece)
        return tuple(chain(begin, *reversed(pieces), end))

    def _named(self, special: int, name: str) -> tuple[int, ...]:
        return (special, *self._line(name)) if name else ()

    def _line(self, text: str) -> list[int]:
        """Encode a text that begins a line, up to the next line's beginning."""
        return self._tokenizer.encode(text.removesuffix("\n") + "\n").ids

    def _cut_suffix(self, suffix: str) -> tuple[int, ...]:
        """Cut the suffix to its share: whole, or up to a line end, or up to a token."""
        text = suffix[: self._suffix_tokens * CHARACTERS_PER_TOKEN]
        encoded = self._tokenizer.encode(text)
        if len(text) == len(suffix) and len(encoded.ids) <= self._suffix_tokens:
            return tuple(encoded.ids)
        ids, ends = encoded.ids[: self._suffix_tokens], encoded.ends[: self._suffix_tokens]
        line_end = text.rfind("\n", 0, ends[-1]) + 1
        lines = self._tokenizer.encode(text[:line_end]).ids
        return tuple(lines if 0 < len(lines) <= self._suffix_tokens else ids)


def recent(items: Sequence[T], limit: int) -> Sequence[T]:
    """Return the last `limit` items or fewer, starting at a place that only moves in hops as they grow."""
    excess = len(items) - limit
    if excess <= 0:
        return items
    hop = max(1, limit // HOP_SHARE)
    return items[-(-excess // hop) * hop :]


def tokens_to_take_back(tokenizer: Tokenizer, text: str, encoded: Encoded) -> int:
    """Count the tokens at the end of a text that the next characters might merge into another one.

    Those looked at are the tokens that touch the trailing white space or, without any, those of the last word. Of them
    go the most that together are the beginning of some longer token.
    """
    spaces = len(text) - len(text.rstrip())
    length = encoded.ends[-1] if encoded.ends else 0
    first = len(encoded.ids)
    while first and len(encoded.ids) - first < TAKEN_BACK_TOKENS:
        touches = encoded.ends[first - 1] > length - spaces if spaces else encoded.words[first - 1] == encoded.words[-1]
        if not touches:
            break
        first -= 1
    while first < len(encoded.ids) and not tokenizer.is_inside_a_token(tokenizer.join(encoded.ids[first:])):
        first += 1
    return len(encoded.ids) - first
