"""Tiny GGUF files of random weights, in both architectures and many tensor types."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from gguf import GGMLQuantizationType, GGUFWriter
from gguf.quants import quantize

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

LAYERS, WIDTH, FEED_FORWARD, HEADS, KV_HEADS, HEAD_DIM, VOCABULARY, CONTEXT = 2, 128, 256, 4, 2, 32, 300, 64
KINDS = (
    GGMLQuantizationType.F32,
    GGMLQuantizationType.F16,
    GGMLQuantizationType.Q8_0,
    GGMLQuantizationType.Q5_0,
    GGMLQuantizationType.Q4_1,
)


def write_model(path: Path, architecture: str, *, head: str = "absent", extra: str = "") -> None:
    """Write a model; `head` is absent, the same matrix as the embedding in a finer type, or its own.

    `extra` names a tensor that no such model has.
    """
    random = np.random.default_rng(7)
    writer = GGUFWriter(path, architecture)
    writer.add_block_count(LAYERS)
    writer.add_context_length(CONTEXT)
    writer.add_embedding_length(WIDTH)
    writer.add_feed_forward_length(FEED_FORWARD)
    writer.add_head_count(HEADS)
    writer.add_head_count_kv(KV_HEADS)
    writer.add_layer_norm_rms_eps(1e-5)
    writer.add_rope_freq_base(10_000.0)

    def add(name: str, values: NDArray[np.float32], kind: GGMLQuantizationType) -> None:
        writer.add_tensor(name, quantize(values, kind), raw_dtype=kind)

    embedding = random.standard_normal((VOCABULARY, WIDTH), np.float32)
    add("token_embd.weight", embedding, GGMLQuantizationType.Q5_0)
    if head == "same":
        add("output.weight", embedding, GGMLQuantizationType.Q8_0)
    elif head == "own":
        add("output.weight", random.standard_normal((VOCABULARY, WIDTH), np.float32), GGMLQuantizationType.Q8_0)
    matrices = {
        "attn_q": (HEADS * HEAD_DIM, WIDTH),
        "attn_k": (KV_HEADS * HEAD_DIM, WIDTH),
        "attn_v": (KV_HEADS * HEAD_DIM, WIDTH),
        "attn_output": (WIDTH, HEADS * HEAD_DIM),
        "ffn_gate": (FEED_FORWARD, WIDTH),
        "ffn_up": (FEED_FORWARD, WIDTH),
        "ffn_down": (WIDTH, FEED_FORWARD),
    }
    vectors = ["output_norm", *(f"blk.{layer}.{name}_norm" for layer in range(LAYERS) for name in ("attn", "ffn"))]
    for layer in range(LAYERS):
        for number, (name, shape) in enumerate(matrices.items()):
            weights = random.standard_normal(shape, np.float32) / np.float32(np.sqrt(shape[1]))
            add(f"blk.{layer}.{name}.weight", weights, KINDS[(layer + number) % len(KINDS)])
            if architecture == "qwen2" and name in {"attn_q", "attn_k", "attn_v"}:
                bias = random.standard_normal(shape[0], np.float32)
                add(f"blk.{layer}.{name}.bias", bias, GGMLQuantizationType.F32)
    for name in vectors:
        add(f"{name}.weight", random.uniform(0.8, 1.2, WIDTH).astype(np.float32), GGMLQuantizationType.F32)
    if extra:
        add(extra, np.ones(WIDTH, np.float32), GGMLQuantizationType.F32)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
