"""A llama or qwen2 transformer in float32 NumPy, from the architectures' definitions and the GGUF as `gguf` reads it.

It shares nothing with the exporter: whole sequences without a cache, one matrix at a time, in GGUF's own layout
(llama's queries and keys rotate neighbouring pairs, qwen2's rotate halves).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from gguf import GGUFReader
from gguf.quants import dequantize

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    Floats = NDArray[np.float32]


class Reference:
    """The model in a GGUF file; if `tied`, of an embedding that is stored twice the finer one serves for both ends."""

    def __init__(self, gguf: Path, *, tied: bool = True) -> None:
        self._reader = GGUFReader(gguf)
        self._places = {tensor.name: tensor for tensor in self._reader.tensors}
        self._arch = str(self._field("general.architecture"))
        self._heads = int(self._field(f"{self._arch}.attention.head_count"))
        self._kv_heads = int(self._field(f"{self._arch}.attention.head_count_kv"))
        self._epsilon = float(self._field(f"{self._arch}.attention.layer_norm_rms_epsilon"))
        self._theta = float(self._field(f"{self._arch}.rope.freq_base"))
        self._layers = int(self._field(f"{self._arch}.block_count"))
        self._embedding = self._head = "token_embd.weight"
        if "output.weight" in self._places:
            self._head = "output.weight"
            finer = self._places[self._head].n_bytes > self._places[self._embedding].n_bytes
            self._embedding = self._head if tied and finer else self._embedding

    def logits(self, ids: Sequence[int]) -> Floats:
        """Logits after every position: (positions, vocabulary)."""
        x = self._tensor(self._embedding)[list(ids)]
        for layer in range(self._layers):
            x = x + self._attention(layer, self._norm(x, f"blk.{layer}.attn_norm"))
            x = x + self._feed_forward(layer, self._norm(x, f"blk.{layer}.ffn_norm"))
        logits: Floats = self._norm(x, "output_norm") @ self._tensor(self._head).T
        return logits

    def _attention(self, layer: int, x: Floats) -> Floats:
        q, k, v = (self._linear(x, f"blk.{layer}.attn_{part}") for part in "qkv")
        queries = self._rotate(q.reshape(len(x), self._heads, -1))
        keys = self._rotate(k.reshape(len(x), self._kv_heads, -1))
        values = v.reshape(len(x), self._kv_heads, -1)
        future = np.triu(np.full((len(x), len(x)), -np.inf, np.float32), 1)
        mixed = np.empty_like(queries)
        for head in range(self._heads):
            group = head * self._kv_heads // self._heads
            scores = queries[:, head] @ keys[:, group].T / np.float32(np.sqrt(queries.shape[2])) + future
            weights = np.exp(scores - scores.max(axis=1, keepdims=True))
            mixed[:, head] = weights / weights.sum(axis=1, keepdims=True) @ values[:, group]
        return self._linear(mixed.reshape(len(x), -1), f"blk.{layer}.attn_output")

    def _feed_forward(self, layer: int, x: Floats) -> Floats:
        gate = self._linear(x, f"blk.{layer}.ffn_gate")
        silu = gate / (1 + np.exp(-gate))
        return self._linear(silu * self._linear(x, f"blk.{layer}.ffn_up"), f"blk.{layer}.ffn_down")

    def _rotate(self, x: Floats) -> Floats:
        """Turn each pair (a, b) of a head by position * theta^(-2i/d), as complex numbers."""
        positions, heads, dim = x.shape
        angles = np.outer(np.arange(positions), self._theta ** (-np.arange(0, dim, 2) / dim))
        pairs = x.reshape(positions, heads, dim // 2, 2) if self._arch == "llama" else np.stack(np.split(x, 2, -1), -1)
        turned = (pairs[..., 0] + 1j * pairs[..., 1]) * np.exp(1j * angles)[:, None, :]
        parts = (turned.real.astype(np.float32), turned.imag.astype(np.float32))
        turned_back: Floats = np.stack(parts, -1) if self._arch == "llama" else np.concatenate(parts, -1)
        return turned_back.reshape(x.shape)

    def _norm(self, x: Floats, name: str) -> Floats:
        scale = 1 / np.sqrt(np.mean(np.square(x), axis=-1, keepdims=True) + np.float32(self._epsilon))
        normal: Floats = x * scale * self._tensor(f"{name}.weight")
        return normal

    def _linear(self, x: Floats, name: str) -> Floats:
        product: Floats = x @ self._tensor(f"{name}.weight").T
        return product + self._tensor(f"{name}.bias") if f"{name}.bias" in self._places else product

    def _tensor(self, name: str) -> Floats:
        place = self._places[name]
        values: Floats = dequantize(place.data, place.tensor_type).astype(np.float32, copy=False)
        return values

    def _field(self, key: str) -> str | float:
        field = self._reader.get_field(key)
        if field is None:
            raise KeyError(key)
        value: str | float = field.contents()
        return value
