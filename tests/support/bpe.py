"""Byte-level BPE from its definition, over a vocabulary as `gguf` reads it: slow, plain, without `tokenizers`."""

from __future__ import annotations

from functools import cache
from itertools import pairwise
from typing import TYPE_CHECKING

import regex
from gguf import GGUFReader

if TYPE_CHECKING:
    from pathlib import Path

# GPT-2's pattern, and Qwen's as its authors publish it; the small model cuts out every digit before GPT-2's.
GPT2 = r"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+"
QWEN = r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"


class ReferenceBpe:
    """Turns text into token ids."""

    def __init__(self, gguf: Path) -> None:
        reader = GGUFReader(gguf)
        tokens, merges, self._pre = (
            reader.fields[f"tokenizer.ggml.{key}"].contents() for key in ("tokens", "merges", "pre")
        )
        self._ids = {token: index for index, token in enumerate(tokens)}
        self._ranks = {tuple(merge.split(" ")): rank for rank, merge in enumerate(merges)}
        self._letters = byte_letters()
        self._word = cache(self._merge)

    def encode(self, text: str) -> list[int]:
        """Split into words, each word into bytes, and join the bytes as far as the merges go."""
        return [id_ for word in self._split(text) for id_ in self._word(word)]

    def _split(self, text: str) -> list[str]:
        if self._pre == "qwen2":
            return regex.findall(QWEN, text)
        pieces = [piece for piece in regex.split(r"(\p{N})", text) if piece]
        return [word for piece in pieces for word in regex.findall(GPT2, piece)]

    def _merge(self, word: str) -> list[int]:
        parts = [self._letters[byte] for byte in word.encode()]
        while len(parts) > 1:
            ranks = [self._ranks.get(pair, len(self._ranks)) for pair in pairwise(parts)]
            at = min(range(len(ranks)), key=ranks.__getitem__)
            if ranks[at] == len(self._ranks):
                break
            parts[at : at + 2] = [parts[at] + parts[at + 1]]
        return [self._ids[part] for part in parts]


def byte_letters() -> list[str]:
    """GPT-2's letter for each byte: itself where it is printable in Latin-1, else the next one from 256 on."""
    printable = {*range(33, 127), *range(161, 173), *range(174, 256)}
    others = iter(range(256, 512))
    return [chr(byte if byte in printable else next(others)) for byte in range(256)]
