"""The ONNX graph of a llama or qwen2 model, written from its GGUF file.

Invariant: one step over a rewindable cache. Batch 1; the T new tokens follow the ones that stand in the cache already.

    inputs   input_ids                      int64 [1, T]
             seqlens_k                      int32 [1]  tokens in the cache after this step, less 1
             total_sequence_length          int32 []   tokens in the cache after this step
             logit_indices                  int64 [R]  which of the T positions want logits; R may be 0
             past_key_values.{i}.key|value  float32 [1, kv_heads, capacity, head_dim]
    outputs  logits                         float32 [R, vocabulary]
             present.{i}.key|value          to be bound to the buffers of past_key_values: it is appended to in place

Positions that want no logits leave the last layer after its attention, so filling the cache never pays for the head.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from onnx import TensorProto

from engine.errors import GraphError
from engine.messages import Loading
from engine.models.gguf import Gguf
from engine.models.graphfile import CONTRIB, GraphFile
from engine.models.quantize import quantize

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from numpy.typing import NDArray

    from engine.models.quantize import Format, Precision

    Report = Callable[[Loading], None]

PIECE_ROWS = 8192
TIED_ERROR = 0.01  # of the squared norm; 5 bits a weight err by about 0.001, unrelated matrices by 2
INT8_ACTIVATIONS = 4  # MatMulNBits' accuracy level: the other operand is quantised to int8, block by block


def write_graph(gguf: Path, into: Path, precision: Precision, report: Report) -> None:
    """Write model.onnx and model.onnx.data into the folder `into`. Raises GraphError; OSError when the disk is full."""
    with Gguf(gguf) as source, GraphFile(into) as file:
        _Decoder(source, file, precision, report).write()


@dataclass(frozen=True, slots=True)
class _Matrix:
    """A weight matrix in the file: it maps `inputs` numbers to `outputs`. `scales` and `bias` may be absent ("")."""

    outputs: int
    inputs: int
    form: Format
    weights: str
    scales: str
    bias: str = ""


class _Decoder:
    """Writes the nodes of one decoder in the order in which they run."""

    def __init__(self, source: Gguf, file: GraphFile, precision: Precision, report: Report) -> None:
        self._source = source
        self._file = file
        self._precision = precision
        self._report = report
        self._facts = source.facts()
        self._seen: set[str] = set()

    def write(self) -> None:
        """Write everything. Raises GraphError when the source holds tensors that such a decoder does not have."""
        facts, file = self._facts, self._file
        file.input("input_ids", TensorProto.INT64, (1, "T"))
        file.input("seqlens_k", TensorProto.INT32, (1,))
        file.input("total_sequence_length", TensorProto.INT32, ())
        file.input("logit_indices", TensorProto.INT64, ("R",))
        self._rotary_tables()
        embedding, head = self._embedding_and_head()
        residual, change = self._look_up(embedding), ""
        for layer in range(facts.layers):
            residual, change = self._layer(layer, residual, change)
        normal, _ = self._normalise("output_norm", residual, change)
        rows = self._multiply(normal, head, "logits.batch")
        file.node("Squeeze", [rows, file.small("batch_axis", np.array([0]))], ["logits"])
        file.output("logits", ("R", facts.vocabulary))
        leftover = sorted(self._source.tensors.keys() - self._seen)
        if leftover:
            raise GraphError(
                f"This model has {leftover[0]!r}, which cannot be exported; use a plain llama or qwen2 model."
            )

    def _rotary_tables(self) -> None:
        facts = self._facts
        halves = np.arange(0, facts.head_dim, 2) / facts.head_dim
        angles = np.outer(np.arange(facts.context), facts.rope_theta**-halves)
        for name, table in (("cosines", np.cos(angles)), ("sines", np.sin(angles))):
            self._file.large(name, table.shape, [table.astype(np.float32)])

    def _embedding_and_head(self) -> tuple[_Matrix, _Matrix]:
        """Store the matrix looked up in and the one that gives logits: one and the same where the model ties them."""
        form = self._precision.head
        if "output.weight" not in self._source.tensors:
            shared = self._store("embedding", ["token_embd"], form)
            return shared, shared
        if self._tied():
            finest = max(("token_embd", "output"), key=lambda name: self._source.place(f"{name}.weight").row_bytes)
            self._seen |= {"token_embd.weight", "output.weight"}
            shared = self._store("embedding", [finest], form)
            return shared, shared
        return self._store("embedding", ["token_embd"], form), self._store("head", ["output"], form)

    def _tied(self) -> bool:
        """Tell whether embedding and head are one matrix that is stored twice, in different types."""
        one, other = (self._source.tensor(name, 0, PIECE_ROWS) for name in ("token_embd.weight", "output.weight"))
        return bool(np.square(one - other).sum() < TIED_ERROR * np.square(one).sum())

    def _layer(self, layer: int, residual: str, change: str) -> tuple[str, str]:
        """One transformer block: the residual stream and what is still to be added to it."""
        block, precision = f"blk.{layer}", self._precision
        normal, residual = self._normalise(f"{block}.attn_norm", residual, change)
        queries = self._store(f"{block}.qkv", [f"{block}.attn_{part}" for part in "qkv"], precision.attention)
        mixed = self._attend(layer, self._multiply(normal, queries, f"{block}.qkv.out"))
        if layer == self._facts.layers - 1:
            mixed, residual = self._wanted(mixed), self._wanted(residual)
        output = self._store(f"{block}.output", [f"{block}.attn_output"], precision.attention)
        change = self._multiply(mixed, output, f"{block}.output.out")
        normal, residual = self._normalise(f"{block}.ffn_norm", residual, change)
        return residual, self._feed_forward(block, normal)

    def _wanted(self, name: str) -> str:
        return self._file.node("Gather", [name, "logit_indices"], [f"{name}.wanted"], axis=1)

    def _attend(self, layer: int, projected: str) -> str:
        facts, file = self._facts, self._file
        shape = (1, facts.kv_heads, "capacity", facts.head_dim)
        past = [f"past_key_values.{layer}.{part}" for part in ("key", "value")]
        present = [f"present.{layer}.{part}" for part in ("key", "value")]
        for before, after in zip(past, present, strict=True):
            file.input(before, TensorProto.FLOAT, shape)
            file.output(after, shape)
        return file.node(
            "GroupQueryAttention",
            [projected, "", "", *past, "seqlens_k", "total_sequence_length", "cosines", "sines"],
            [f"blk.{layer}.attention", *present],
            domain=CONTRIB,
            num_heads=facts.heads,
            kv_num_heads=facts.kv_heads,
            do_rotary=1,
        )

    def _feed_forward(self, block: str, normal: str) -> str:
        file, precision = self._file, self._precision
        both = self._store(f"{block}.gate_up", [f"{block}.ffn_gate", f"{block}.ffn_up"], precision.gate_up)
        product = self._multiply(normal, both, f"{block}.gate_up.out")
        gate, up = f"{block}.gate", f"{block}.up"
        file.node("Split", [product], [gate, up], axis=-1, num_outputs=2)
        activated = file.node("QuickGelu", [gate], [f"{gate}.activated"], domain=CONTRIB, alpha=1.0)
        gated = file.node("Mul", [activated, up], [f"{block}.gated"])
        down = self._store(f"{block}.down", [f"{block}.ffn_down"], precision.down)
        return self._multiply(gated, down, f"{block}.down.out")

    def _normalise(self, name: str, residual: str, change: str) -> tuple[str, str]:
        """Add the change to the residual stream and normalise: (normalised, sum)."""
        file, gamma = self._file, self._file.small(name, self._take(f"{name}.weight"))
        epsilon = self._facts.norm_epsilon
        normal = f"{name}.out"
        if not change:
            file.node("SimplifiedLayerNormalization", [residual, gamma], [normal], axis=-1, epsilon=epsilon)
            return normal, residual
        outputs = [normal, "", "", f"{name}.sum"]
        file.node(
            "SkipSimplifiedLayerNormalization", [residual, change, gamma], outputs, domain=CONTRIB, epsilon=epsilon
        )
        return normal, outputs[-1]

    def _look_up(self, matrix: _Matrix) -> str:
        file, form = self._file, matrix.form
        if form.bits == 32:
            return file.node("Gather", [matrix.weights, "input_ids"], ["embedded"])
        shape = (matrix.outputs, matrix.inputs * form.bits // 8)
        flat = file.again(f"{matrix.weights}.rows", matrix.weights, shape)
        return file.node(
            "GatherBlockQuantized",
            [flat, "input_ids", matrix.scales],
            ["embedded"],
            domain=CONTRIB,
            bits=form.bits,
            block_size=form.block,
            gather_axis=0,
            quantize_axis=1,
        )

    def _multiply(self, operand: str, matrix: _Matrix, out: str) -> str:
        file, form = self._file, matrix.form
        if form.bits == 32:
            product = f"{out}.product" if matrix.bias else out
            file.node("FusedMatMul", [operand, matrix.weights], [product], domain=CONTRIB, transB=1)
            return file.node("Add", [product, matrix.bias], [out]) if matrix.bias else product
        return file.node(
            "MatMulNBits",
            [operand, matrix.weights, matrix.scales, "", "", matrix.bias],
            [out],
            domain=CONTRIB,
            K=matrix.inputs,
            N=matrix.outputs,
            bits=form.bits,
            block_size=form.block,
            accuracy_level=INT8_ACTIVATIONS,
        )

    def _store(self, name: str, parts: list[str], form: Format) -> _Matrix:
        """Write matrices of common inputs as one, their outputs one after another, with any biases."""
        places = [self._source.place(f"{part}.weight") for part in parts]
        outputs, inputs = sum(place.rows for place in places), places[0].shape[-1]
        bias = self._store_bias(name, parts)
        if form.bits == 32:
            self._file.large(name, (outputs, inputs), self._pieces(parts))
            return _Matrix(outputs, inputs, form, name, "", bias)
        scales: list[NDArray[np.float32]] = []

        def integers() -> Iterator[NDArray[np.uint8]]:
            for piece in self._pieces(parts):
                packed, scale = quantize(piece, form)
                scales.append(scale)
                yield packed

        blocks = inputs // form.block
        self._file.large(name, (outputs, blocks, form.block * form.bits // 8), integers())
        self._file.large(f"{name}.scales", (outputs, blocks), scales)
        return _Matrix(outputs, inputs, form, name, f"{name}.scales", bias)

    def _store_bias(self, name: str, parts: list[str]) -> str:
        names = [f"{part}.bias" for part in parts]
        if not any(bias in self._source.tensors for bias in names):
            return ""
        biases = [self._rotated(bias, self._take(bias)[:, None])[:, 0] for bias in names]
        return self._file.small(f"{name}.bias", np.concatenate(biases))

    def _pieces(self, parts: list[str]) -> Iterator[NDArray[np.float32]]:
        for name in (f"{part}.weight" for part in parts):
            for start in range(0, self._source.place(name).rows, PIECE_ROWS):
                yield self._rotated(name, self._source.tensor(name, start, start + PIECE_ROWS))
            self._count(name)

    def _rotated(self, name: str, rows: NDArray[np.float32]) -> NDArray[np.float32]:
        """Undo GGUF's order of the rows of llama's queries and keys: pairs side by side, where we rotate halves."""
        if self._facts.architecture != "llama" or not (".attn_q." in name or ".attn_k." in name):
            return rows
        pairs = rows.reshape(-1, self._facts.head_dim // 2, 2, rows.shape[1])
        return pairs.swapaxes(1, 2).reshape(rows.shape)

    def _take(self, name: str) -> NDArray[np.float32]:
        self._count(name)
        return self._source.tensor(name)

    def _count(self, name: str) -> None:
        self._seen.add(name)
        self._report(Loading(stage="export", done=len(self._seen), total=len(self._source.tensors), unit="tensors"))
