"""A tiny model as the hub's ONNX community lays one out: a graph that gives back longer caches, config and tokenizer.

Its logits add up what stands before a token, so they tell whether caches, positions and masks were right.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import numpy as np
import tokenizers
from onnx import TensorProto, helper, numpy_helper, save_model
from support.bpe import byte_letters
from tokenizers import AddedToken, decoders, models, pre_tokenizers

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from onnx import ModelProto

HEADS, HEAD_DIM, CONTEXT_TOKENS = 2, 4, 128
WIDTH = HEADS * HEAD_DIM
MARKERS = ("<|fim_prefix|>", "<|fim_suffix|>", "<|fim_middle|>", "<|endoftext|>")
VOCABULARY = 256 + len(MARKERS)


def write_export(
    root: Path, *, markers: Sequence[str] = MARKERS, half: bool = False, external: bool = False, seed: int = 0
) -> Path:
    """Write the folder and give it; the published tokenizers do not mark their markers special, nor does this one."""
    name = "model_fp16.onnx" if half else "model_q4.onnx"
    (root / "onnx").mkdir(parents=True)
    config = {
        "model_type": "qwen2",
        "num_hidden_layers": 1,
        "num_attention_heads": HEADS,
        "hidden_size": WIDTH,
        "vocab_size": 256 + len(markers),
        "max_position_embeddings": CONTEXT_TOKENS,
    }
    (root / "config.json").write_text(json.dumps(config))
    write_tokenizer(root / "tokenizer.json", markers)
    kind = TensorProto.FLOAT16 if half else TensorProto.FLOAT
    model = _model(kind, 256 + len(markers), seed)
    if external:
        save_model(
            model,
            str(root / "onnx" / name),
            save_as_external_data=True,
            location=f"{name}_data",
            size_threshold=256,
        )
    else:
        save_model(model, str(root / "onnx" / name))
    return root


def write_tokenizer(path: Path, markers: Sequence[str]) -> None:
    """Write a byte-level tokenizer with those markers, added as if they were text."""
    tokenizer = tokenizers.Tokenizer(models.BPE({letter: byte for byte, letter in enumerate(byte_letters())}, []))
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    tokenizer.add_tokens([AddedToken(marker, special=False, normalized=False) for marker in markers])
    tokenizer.save(str(path))


def _model(kind: int, vocabulary: int, seed: int) -> ModelProto:
    random = np.random.default_rng(seed)
    real = helper.tensor_dtype_to_np_dtype(kind)
    tensors = {
        "embedding": random.standard_normal((vocabulary, WIDTH)).astype(real),
        "places": random.standard_normal((CONTEXT_TOKENS, WIDTH)).astype(real),
        "head": random.standard_normal((WIDTH, vocabulary)).astype(real),
        "split": np.array([0, 0, HEADS, HEAD_DIM]),
        "joined": np.array([0, 0, WIDTH]),
        "axis": np.array(2),
        "axes": np.array([2]),
        "outer": np.array([1, 3]),
        "end": np.array([1 << 30]),
    }
    nodes = [
        helper.make_node("Gather", ["embedding", "input_ids"], ["text"]),
        helper.make_node("Gather", ["places", "position_ids"], ["place"]),
        helper.make_node("Add", ["text", "place"], ["hidden"]),
        helper.make_node("Reshape", ["hidden", "split"], ["heads"]),
        helper.make_node("Transpose", ["heads"], ["turned"], perm=[0, 2, 1, 3]),
        helper.make_node("Cast", ["attention_mask"], ["seen"], to=kind),
        helper.make_node("Unsqueeze", ["seen", "outer"], ["mask"]),
        helper.make_node("Shape", ["past_key_values.0.key"], ["kept"], start=2, end=3),
    ]
    nodes += [
        *(
            helper.make_node("Concat", [f"past_key_values.0.{part}", "turned"], [f"present.0.{part}"], axis=2)
            for part in ("key", "value")
        ),
        helper.make_node("Mul", ["present.0.key", "present.0.value"], ["product"]),
        helper.make_node("Mul", ["product", "mask"], ["masked"]),
        helper.make_node("Cast", ["masked"], ["wide"], to=TensorProto.FLOAT),
        helper.make_node("CumSum", ["wide", "axis"], ["sums"]),
        helper.make_node("Slice", ["sums", "kept", "end", "axes"], ["new"]),
        helper.make_node("Transpose", ["new"], ["back"], perm=[0, 2, 1, 3]),
        helper.make_node("Reshape", ["back", "joined"], ["mixed"]),
        helper.make_node("Cast", ["mixed"], ["narrow"], to=kind),
        helper.make_node("MatMul", ["narrow", "head"], ["logits"]),
    ]
    ids = [
        helper.make_tensor_value_info(name, TensorProto.INT64, ("batch", length))
        for name, length in (("input_ids", "T"), ("attention_mask", "total"), ("position_ids", "T"))
    ]
    caches = [(part, (HEADS, HEAD_DIM)) for part in ("key", "value")]
    past = [
        helper.make_tensor_value_info(f"past_key_values.0.{part}", kind, ("batch", heads, "past", dim))
        for part, (heads, dim) in caches
    ]
    present = [
        helper.make_tensor_value_info(f"present.0.{part}", kind, ("batch", heads, "total", dim))
        for part, (heads, dim) in caches
    ]
    logits = helper.make_tensor_value_info("logits", kind, ("batch", "T", vocabulary))
    initializers = [numpy_helper.from_array(values, name) for name, values in tensors.items()]
    graph = helper.make_graph(nodes, "tiny", ids + past, [logits, *present], initializers)
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 21)], ir_version=10)
