"""A decoder in PyTorch, of the very weights of a bundle in float16: what Tandem's own graph is measured beside.

It is what one writes by hand for one stream: caches of a fixed size, fused projections, PyTorch's own attention and
norms, each kernel launched by itself.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import onnx
import torch
from onnx import numpy_helper
from torch.nn.functional import linear, rms_norm, scaled_dot_product_attention, silu

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path


class TorchDecoder:
    """The model of an ONNX graph that `engine/models/export.py` wrote, on one of PyTorch's devices."""

    def __init__(self, graph: Path, *, capacity: int, device: str, kind: torch.dtype = torch.float16) -> None:
        whole = onnx.load(str(graph)).graph
        arrays = {tensor.name: numpy_helper.to_array(tensor) for tensor in whole.initializer}
        floating = {name: array for name, array in arrays.items() if array.dtype.kind == "f"}
        self._weights = {name: torch.tensor(array).to(device, kind) for name, array in floating.items()}
        attention = [node for node in whole.node if node.op_type == "GroupQueryAttention"]
        facts = {attribute.name: attribute.i for attribute in attention[0].attribute}
        norm = next(node for node in whole.node if node.op_type == "SimplifiedLayerNormalization")
        self._epsilon = next(attribute.f for attribute in norm.attribute if attribute.name == "epsilon")
        self._heads, self._kv_heads = facts["num_heads"], facts["kv_num_heads"]
        self._head_dim = 2 * self._weights["cosines"].shape[1]
        self._device = device
        shape = (len(attention), 2, self._kv_heads, capacity, self._head_dim)
        self._cache = torch.zeros(shape, dtype=kind, device=device)

    def next_token(self, keep: int, tokens: Sequence[int]) -> int:
        """Rewind to `keep`, append `tokens`, and give the likeliest token to follow."""
        with torch.inference_mode():
            return int(self._logits(keep, tokens).argmax())

    def _logits(self, keep: int, tokens: Sequence[int]) -> torch.Tensor:
        weights = self._weights
        x = weights["embedding"][torch.tensor(tokens, device=self._device)]
        for layer in range(len(self._cache)):
            block = f"blk.{layer}"
            x = x + linear(self._attend(layer, keep, self._norm(x, f"{block}.attn_norm")), weights[f"{block}.output"])
            gate, up = linear(self._norm(x, f"{block}.ffn_norm"), weights[f"{block}.gate_up"]).chunk(2, -1)
            x = x + linear(silu(gate) * up, weights[f"{block}.down"])
        head = weights.get("head", weights["embedding"])
        return linear(self._norm(x[-1], "output_norm"), head)

    def _attend(self, layer: int, keep: int, x: torch.Tensor) -> torch.Tensor:
        length, end = len(x), keep + len(x)
        projected = linear(x, self._weights[f"blk.{layer}.qkv"], self._weights.get(f"blk.{layer}.qkv.bias"))
        heads = projected.view(length, -1, self._head_dim).transpose(0, 1)
        queries, keys, values = heads.split([self._heads, self._kv_heads, self._kv_heads])
        self._cache[layer, 0, :, keep:end] = self._rotate(keys, keep)
        self._cache[layer, 1, :, keep:end] = values
        seen = torch.ones(length, end, dtype=torch.bool, device=self._device).tril(keep) if length > 1 else None
        mixed = scaled_dot_product_attention(
            self._rotate(queries, keep)[None],
            self._cache[layer, 0, None, :, :end],
            self._cache[layer, 1, None, :, :end],
            attn_mask=seen,
            enable_gqa=True,
        )
        return mixed[0].transpose(0, 1).reshape(length, -1)

    def _rotate(self, x: torch.Tensor, keep: int) -> torch.Tensor:
        places = slice(keep, keep + x.shape[1])
        cosines, sines = self._weights["cosines"][places], self._weights["sines"][places]
        left, right = x.chunk(2, -1)
        return torch.cat([left * cosines - right * sines, right * cosines + left * sines], -1)

    def _norm(self, x: torch.Tensor, name: str) -> torch.Tensor:
        return rms_norm(x, x.shape[-1:], self._weights[name], self._epsilon)
