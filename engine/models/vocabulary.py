"""The tokenizer of a GGUF file as a tokenizer.json: byte-level BPE with the pre-tokeniser that the file names.

Invariant: lossless. Nothing normalises the text, so decoding what was encoded gives the same text back, and every token
that is no piece of text is marked special, so that it is recognised wherever it comes up.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from gguf.constants import TokenType
from tokenizers import AddedToken, Regex, Tokenizer, decoders, models, pre_tokenizers

from engine.errors import GraphError
from engine.models.gguf import Gguf

if TYPE_CHECKING:
    from pathlib import Path

TOKENIZER_NAME = "tokenizer.json"

# What each name of `tokenizer.ggml.pre` stands for: patterns that split one after the other, as in llama.cpp's
# src/llama-vocab.cpp. The models' own tokenizer.json say the same.
_GPT2 = r"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+"
_QWEN2 = (
    r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
)
_LLAMA3 = _QWEN2.replace(r"|\p{N}|", r"|\p{N}{1,3}|")
_DEEPSEEK = (r"[\r\n]", r"\s?\p{L}+", r"\s?\p{P}+", r"[\x{4e00}-\x{9fa5}\x{0800}-\x{4e00}\x{ac00}-\x{d7ff}]+", r"\p{N}")
SPLITS: dict[str, tuple[str, ...]] = {
    "gpt-2": (_GPT2,),
    "qwen2": (_QWEN2,),
    "smollm": (r"\p{N}", _GPT2),
    "starcoder": (r"\p{N}", _GPT2),
    "refact": (r"\p{N}", _GPT2),
    "llama-bpe": (_LLAMA3,),
    "deepseek-coder": _DEEPSEEK,
}


def write_tokenizer(gguf: Path, into: Path) -> None:
    """Write tokenizer.json into the folder `into`. Raises GraphError for a vocabulary of another kind."""
    read_vocabulary(gguf).save(str(into / TOKENIZER_NAME))


def read_vocabulary(gguf: Path) -> Tokenizer:
    """Give the tokenizer of a GGUF file. Raises GraphError for a vocabulary of another kind."""
    with Gguf(gguf) as file:
        if (kind := file.value("tokenizer.ggml.model", str)) != "gpt2":
            raise GraphError(f"{gguf} has a vocabulary of kind {kind!r}; only byte-level BPE (gpt2) can be exported.")
        if (pre := file.value("tokenizer.ggml.pre", str)) not in SPLITS:
            raise GraphError(f"{gguf} splits text the way of {pre!r}; known are {', '.join(SPLITS)}.")
        tokens = file.values("tokenizer.ggml.tokens", str)
        kinds = file.values("tokenizer.ggml.token_type", int)
        merges = file.values("tokenizer.ggml.merges", str)
    pairs = [(left, right) for left, _, right in (merge.partition(" ") for merge in merges)]
    tokenizer = Tokenizer(models.BPE({token: index for index, token in enumerate(tokens)}, pairs))
    splits = [pre_tokenizers.Split(Regex(pattern), "isolated") for pattern in SPLITS[pre]]
    byte_level = pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence([*splits, byte_level])
    tokenizer.decoder = decoders.ByteLevel()
    special = [token for token, kind in zip(tokens, kinds, strict=True) if kind != TokenType.NORMAL]
    tokenizer.add_special_tokens([AddedToken(token, special=True, normalized=False) for token in special])
    return tokenizer
