"""Text to token ids and back, losslessly, and the bytes behind every id.

Invariant: `decode(encode(text).ids) == text` for every text. A special token's name in a text is text like any other;
special tokens come up only by `special(name)`, and they have no bytes.
"""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import tokenizers
from tokenizers import AddedToken, decoders, models, pre_tokenizers

from engine.errors import BundleError

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from numpy.typing import NDArray

NULL_SPECIALS = ("<|file|>", "<|suffix|>", "<|middle|>", "<|end|>")


@dataclass(frozen=True, slots=True)
class Encoded:
    """A text as tokens: of each its id, the character where it ends, and the number of the pre-token it lies in."""

    ids: list[int]
    ends: list[int]
    words: list[int | None]


class Tokenizer:
    """A byte-level BPE tokenizer, with its vocabulary sorted by bytes for look-ups by prefix."""

    def __init__(self, backend: tokenizers.Tokenizer) -> None:
        backend.encode_special_tokens = True  # their names, where they occur in a text, are split like other text
        self._backend = backend
        added = backend.get_added_tokens_decoder()
        self._specials = {token.content: index for index, token in added.items() if token.special}
        vocabulary = backend.get_vocab()
        self._bytes: list[bytes] = [b""] * (max(vocabulary.values()) + 1)
        for token, index in vocabulary.items():
            if token not in self._specials:
                plain = index in added  # an added token that is no special one is spelt as it is
                self._bytes[index] = token.encode() if plain else token.translate(_BYTE_OF_CHARACTER).encode("latin-1")
        ordered = sorted((index for index, piece in enumerate(self._bytes) if piece), key=self._bytes.__getitem__)
        self._ordered = np.array(ordered, dtype=np.int64)
        self._ordered_bytes = [self._bytes[index] for index in ordered]

    @classmethod
    def load(cls, path: Path) -> Tokenizer:
        """Read a tokenizer.json. Raises BundleError."""
        try:
            return cls(tokenizers.Tokenizer.from_file(str(path)))
        except Exception as error:  # the library's errors have no base of their own
            reason = str(error).partition("\n")[0]
            raise BundleError(f"{path} is no tokenizer ({reason}): choose another model with --model.") from error

    @property
    def size(self) -> int:
        """One more than the highest id."""
        return len(self._bytes)

    def encode(self, text: str) -> Encoded:
        """Split a text into tokens."""
        encoding = self._backend.encode(text, add_special_tokens=False)
        return Encoded(encoding.ids, [end for _, end in encoding.offsets], encoding.word_ids)

    def bytes_of(self, token: int) -> bytes:
        """Return the bytes that a token stands for; none for a special token or an id outside the vocabulary."""
        return self._bytes[token] if token < len(self._bytes) else b""

    def join(self, ids: Iterable[int]) -> bytes:
        """Return the bytes of several tokens."""
        return b"".join(map(self.bytes_of, ids))

    def decode(self, ids: Iterable[int]) -> str:
        """Return the text of several tokens, up to the first character that is broken or incomplete."""
        return whole_characters(self.join(ids))

    def special(self, name: str) -> int:
        """Look up the id of a special token. Raises BundleError when there is none of that name."""
        if name not in self._specials:
            raise BundleError(f"The tokenizer has no special token {name}; prepare the model again.")
        return self._specials[name]

    def starting_with(self, prefix: bytes) -> NDArray[np.int64]:
        """Return the ids of all tokens whose bytes begin with `prefix`."""
        first, last = self._range(prefix)
        return self._ordered[first:last]

    def is_inside_a_token(self, prefix: bytes) -> bool:
        """Tell whether some token begins with `prefix` and goes on."""
        first, last = self._range(prefix)
        return first < last and len(self._ordered_bytes[last - 1]) > len(prefix)

    def within(self, prefix: bytes) -> list[int]:
        """Return the ids of all tokens whose bytes are a proper prefix of `prefix`, not empty."""
        found = []
        for length in range(1, len(prefix)):
            first, last = self._range(prefix[:length])
            if first < last and len(self._ordered_bytes[first]) == length:
                found.append(int(self._ordered[first]))
        return found

    def _range(self, prefix: bytes) -> tuple[int, int]:
        """Find where in the sorted vocabulary the tokens that begin with `prefix` lie."""
        first = bisect_left(self._ordered_bytes, prefix)
        stem = prefix.rstrip(b"\xff")  # what sorts behind all continuations: the last byte that can grow, grown
        if not stem:
            return first, len(self._ordered_bytes)
        return first, bisect_left(self._ordered_bytes, stem[:-1] + bytes([stem[-1] + 1]), lo=first)


def whole_characters(data: bytes) -> str:
    """Return the longest beginning of `data` that is valid UTF-8, as text."""
    try:
        return data.decode()
    except UnicodeDecodeError as error:
        return data[: error.start].decode()


def byte_tokenizer() -> Tokenizer:
    """Build the null device's tokenizer: the id of a byte is its value, and four special tokens follow."""
    characters = {value: chr(character) for character, value in _BYTE_OF_CHARACTER.items()}
    backend = tokenizers.Tokenizer(models.BPE({characters[value]: value for value in range(256)}, []))
    backend.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=True)
    backend.decoder = decoders.ByteLevel()
    backend.add_special_tokens([AddedToken(name, special=True, normalized=False) for name in NULL_SPECIALS])
    return Tokenizer(backend)


def _byte_of_character() -> dict[int, int]:
    """Map GPT-2's alphabet to bytes: printable Latin-1 stands for itself, other bytes for characters from U+0100 on."""
    printable = [*range(0x21, 0x7F), *range(0xA1, 0xAD), *range(0xAE, 0x100)]
    others = [value for value in range(256) if value not in printable]
    return {value: value for value in printable} | {0x100 + place: value for place, value in enumerate(others)}


_BYTE_OF_CHARACTER = _byte_of_character()
