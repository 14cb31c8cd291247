"""The ONNX graph of a llama or qwen2 model, written from its GGUF file.

Invariant: one step over a rewindable cache. Batch 1; the T new tokens follow the ones that stand in the cache already.

    inputs   input_ids                      int64 [1, T]
             seqlens_k                      int32 [1]  tokens in the cache after this step, less 1
             total_sequence_length          int32 []   tokens in the cache after this step
             logit_indices                  int64 [R]  which of the T positions want logits; R may be 0
             past_key_values.{i}.key|value  [1, kv_heads, capacity, head_dim], float16 in a graph of that, else float32
    outputs  logits                         float32 [R, vocabulary]
             present.{i}.key|value          to be bound to the buffers of past_key_values: it is appended to in place
    and, in a graph of float16, so that a device with memory of its own need not hand out the logits
             likeliest                      int64 [R]    the token with the largest logit, the first among equals
             log_probability                float32 [R]  the natural logarithm of its probability

Positions that want no logits leave the last layer after its attention, so filling the cache never pays for the head.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from onnx import TensorProto

from engine.errors import GraphError
from engine.messages import Loading
from engine.models.gguf import Gguf
from engine.models.graphfile import CONTRIB, GraphFile
from engine.models.matrix import store, store_table
from engine.models.quantize import Blocks, Channels

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from numpy.typing import NDArray

    from engine.models.matrix import Matrix, Table
    from engine.models.quantize import Form, Precision

    Report = Callable[[Loading], None]

PIECE_ROWS = 8192
TIED_ERROR = 0.01  # of the squared norm; 5 bits a weight err by about 0.001, unrelated matrices by 2


def write_graph(gguf: Path, into: Path, precision: Precision, report: Report) -> None:
    """Write model.onnx and model.onnx.data into the folder `into`. Raises GraphError; OSError when the disk is full."""
    with Gguf(gguf) as source, GraphFile(into) as file:
        _Decoder(source, file, precision, report).write()


class _Decoder:
    """Writes the nodes of one decoder in the order in which they run."""

    def __init__(self, source: Gguf, file: GraphFile, precision: Precision, report: Report) -> None:
        self._source = source
        self._file = file
        self._precision = precision
        self._half = precision.rest == "float16"
        self._report = report
        self._facts = source.facts()
        self._seen: set[str] = set()

    @property
    def _kind(self) -> int:
        """ONNX's number for the type that the graph computes in."""
        return TensorProto.FLOAT16 if self._half else TensorProto.FLOAT

    def write(self) -> None:
        """Write everything. Raises GraphError when the source holds tensors that such a decoder does not have."""
        facts, file = self._facts, self._file
        file.input("input_ids", TensorProto.INT64, (1, "T"))
        file.input("seqlens_k", TensorProto.INT32, (1,))
        file.input("total_sequence_length", TensorProto.INT32, ())
        file.input("logit_indices", TensorProto.INT64, ("R",))
        self._rotary_tables()
        embedding, head = self._embedding_and_head()
        residual, change = embedding.look_up(file, "input_ids", "embedded"), ""
        for layer in range(facts.layers):
            residual, change = self._layer(layer, residual, change)
        normal, _ = self._normalise("output_norm", residual, change)
        self._logits(head.multiply(file, normal, "logits.batch"))
        leftover = sorted(self._source.tensors.keys() - self._seen)
        if leftover:
            raise GraphError(
                f"This model has {leftover[0]!r}, which cannot be exported; use a plain llama or qwen2 model."
            )

    def _rotary_tables(self) -> None:
        facts = self._facts
        halves = np.arange(0, facts.head_dim, 2) / facts.head_dim
        angles = np.outer(np.arange(facts.context) / facts.rope_factor, facts.rope_theta**-halves)
        for name, table in (("cosines", np.cos(angles)), ("sines", np.sin(angles))):
            self._file.large(name, table.shape, [self._rounded(table.astype(np.float32))])

    def _rounded(self, values: NDArray[np.float32]) -> NDArray[np.float32] | NDArray[np.float16]:
        """Give what is no matrix in the type that the graph computes in."""
        return values.astype(np.float16) if self._half else values

    def _embedding_and_head(self) -> tuple[Table, Matrix]:
        """Store what is looked up in and what gives logits: one and the same where model and form allow it.

        A matrix in channels lies the wrong way round for looking up a row, so the embedding is stored once more, in
        blocks. That takes room on disk but hardly in memory: only the pages of the rows looked up are ever read.
        """
        form = self._precision.head
        embedding, head = self._embedding_and_head_names()
        table_form = Blocks(8) if isinstance(form, Channels) else form
        table = store_table(self._file, "embedding", self._shape([embedding]), self._pieces([embedding]), table_form)
        if embedding == head and table_form == form:
            return table, table
        return table, self._store("head", [head], form)

    def _embedding_and_head_names(self) -> tuple[str, str]:
        """Name the tensors; of one that is stored in two types, the finer serves for both."""
        names = ("token_embd", "output")
        if "output.weight" not in self._source.tensors:
            return names[0], names[0]
        if not self._tied():
            return names
        self._seen |= {f"{name}.weight" for name in names}
        finer = max(names, key=lambda name: self._source.place(f"{name}.weight").row_bytes)
        return finer, finer

    def _tied(self) -> bool:
        """Tell whether embedding and head are one matrix that is stored twice, in different types."""
        one, other = (self._source.tensor(name, 0, PIECE_ROWS) for name in ("token_embd.weight", "output.weight"))
        return bool(np.square(one - other).sum() < TIED_ERROR * np.square(one).sum())

    def _layer(self, layer: int, residual: str, change: str) -> tuple[str, str]:
        """One transformer block: the residual stream and what is still to be added to it."""
        block, precision = f"blk.{layer}", self._precision
        normal, residual = self._normalise(f"{block}.attn_norm", residual, change)
        queries = self._store(f"{block}.qkv", [f"{block}.attn_{part}" for part in "qkv"], precision.attention)
        mixed = self._attend(layer, queries.multiply(self._file, normal, f"{block}.qkv.out"))
        if layer == self._facts.layers - 1:
            mixed, residual = self._wanted(mixed), self._wanted(residual)
        output = self._store(f"{block}.output", [f"{block}.attn_output"], precision.attention)
        change = output.multiply(self._file, mixed, f"{block}.output.out")
        normal, residual = self._normalise(f"{block}.ffn_norm", residual, change)
        return residual, self._feed_forward(block, normal)

    def _wanted(self, name: str) -> str:
        return self._file.node("Gather", [name, "logit_indices"], [f"{name}.wanted"], axis=1)

    def _attend(self, layer: int, projected: str) -> str:
        facts, file = self._facts, self._file
        kind, shape = self._kind, (1, facts.kv_heads, "capacity", facts.head_dim)
        past = [f"past_key_values.{layer}.{part}" for part in ("key", "value")]
        present = [f"present.{layer}.{part}" for part in ("key", "value")]
        for before, after in zip(past, present, strict=True):
            file.input(before, kind, shape)
            file.output(after, kind, shape)
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
        product = both.multiply(file, normal, f"{block}.gate_up.out")
        gate, up = f"{block}.gate", f"{block}.up"
        file.node("Split", [product], [gate, up], axis=-1, num_outputs=2)
        activated = file.node("QuickGelu", [gate], [f"{gate}.activated"], domain=CONTRIB, alpha=1.0)
        gated = file.node("Mul", [activated, up], [f"{block}.gated"])
        down = self._store(f"{block}.down", [f"{block}.ffn_down"], precision.down)
        return down.multiply(file, gated, f"{block}.down.out")

    def _normalise(self, name: str, residual: str, change: str) -> tuple[str, str]:
        """Add the change to the residual stream and normalise: (normalised, sum)."""
        file, gamma = self._file, self._file.small(name, self._rounded(self._take(f"{name}.weight")))
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

    def _logits(self, batch: str) -> None:
        """Give out the rows of logits, and what was chosen from them where they are to stay on the device."""
        file, vocabulary = self._file, self._facts.vocabulary
        logits = "logits.half" if self._half else "logits"
        file.node("Squeeze", [batch, file.small("batch_axis", np.array([0]))], [logits])
        if self._half:
            file.node("Cast", [logits], ["logits"], to=TensorProto.FLOAT)
            self._choice()
        file.output("logits", TensorProto.FLOAT, ("R", vocabulary))

    def _choice(self) -> None:
        """Choose from each row: log p = max - log(sum(exp)), in float32, of which float16 would leave three digits."""
        file, axis = self._file, self._file.small("vocabulary_axis", np.array([1]))
        file.node("ArgMax", ["logits"], ["likeliest"], axis=1, keepdims=0)
        peak = file.node("ReduceMax", ["logits", axis], ["logits.peak"], keepdims=0)
        whole = file.node("ReduceLogSumExp", ["logits", axis], ["logits.whole"], keepdims=0)
        file.node("Sub", [peak, whole], ["log_probability"])
        file.output("likeliest", TensorProto.INT64, ("R",))
        file.output("log_probability", TensorProto.FLOAT, ("R",))

    def _store(self, name: str, parts: list[str], form: Form) -> Matrix:
        """Write matrices of common inputs as one, their outputs one after another, with any biases."""
        bias = self._store_bias(name, parts)
        return store(self._file, name, self._shape(parts), self._pieces(parts), form, bias=bias)

    def _shape(self, parts: list[str]) -> tuple[int, int]:
        places = [self._source.place(f"{part}.weight") for part in parts]
        return sum(place.rows for place in places), places[0].shape[-1]

    def _store_bias(self, name: str, parts: list[str]) -> str:
        names = [f"{part}.bias" for part in parts]
        if not any(bias in self._source.tensors for bias in names):
            return ""
        biases = [self._rotated(bias, self._take(bias)[:, None])[:, 0] for bias in names]
        return self._file.small(f"{name}.bias", self._rounded(np.concatenate(biases)))

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
