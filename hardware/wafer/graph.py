"""A model's operations, read from its ONNX graph.

Invariant: no weight is read, only its shape; an operator that is not known here stays in the list by name, never drops
out of it. The 8-bit arithmetic of the graph is left out: on the wafer weights are fp16, so that the nodes which put
activations into 8 bits and scale the products back have nothing to do there. So is what chooses from the logits: the
head's cost holds that.

This is the one module of the wafer that loads `onnx`.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import prod
from typing import TYPE_CHECKING

import onnx
from google.protobuf.message import DecodeError  # type: ignore[import-untyped]  # it comes without types

from hardware.wafer.errors import UnusableModel
from hardware.wafer.workload import (
    Attention,
    Elementwise,
    Lookup,
    Normalisation,
    Positions,
    Projection,
    Unknown,
    Workload,
)

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from onnx import NodeProto

    from hardware.wafer.workload import Operation

IN_BLOCKS = "MatMulNBits"
"""It tells the matrix's shape beside the weights, which are packed in blocks."""
PRODUCTS = {
    "MatMul": 9,
    "FusedMatMul": 9,
    "Gemm": 2,
    IN_BLOCKS: 5,
    "MatMulInteger": 9,
    "MatMulIntegerToFloat": 6,
    "DynamicQuantizeMatMul": 4,
}
"""Products of operand 0 with the matrix that is operand 1, and which operand is a bias, if any."""
LOOKUPS = {"Gather": 0, "GatherBlockQuantized": 0}
NORMALISATIONS = {"SimplifiedLayerNormalization": 1, "SkipSimplifiedLayerNormalization": 2, "RMSNormalization": 1}
"""Normalisations, and which operand is the weights; the operands before it are added up."""
ELEMENTWISE = {"Mul", "Add", "Sub", "QuickGelu", "Gelu", "FastGelu", "Sigmoid", "Swish", "Tanh", "RotaryEmbedding"}
LAYOUT = {"Split", "Squeeze", "Unsqueeze", "Reshape", "Cast", "Identity"}
"""These move nothing where an activation lies spread over the cores."""
CHOOSING = {"ArgMax", "ReduceMax", "ReduceLogSumExp", "Sub"}
"""Behind the head: the likeliest token and its probability."""
HEAD = "head"
TO_INTEGERS = {"Abs", "ReduceMax", "Div", "QuantizeLinear", "DynamicQuantizeLinear"}
TOKENS, WANTED = "input_ids", "logit_indices"


@dataclass(frozen=True, slots=True)
class _Flow:
    """An activation: for how many positions it is there, how many elements one has, and of which matrix it is made."""

    positions: Positions
    width: int
    matrix: str = ""


def read_graph(path: Path, name: str, context_tokens: int, *, tied: bool = False) -> Workload:
    """Read the graph that `engine/models/export.py` writes. Raises UnusableModel when it is none or has no layers.

    `tied` says that embedding and head are one matrix even where the graph stores it twice, in two precisions: the
    wafer holds it once, as fp16.
    """
    try:
        model = onnx.load(path, load_external_data=False)
    except (OSError, DecodeError) as error:
        raise UnusableModel(f"{path} cannot be read as an ONNX graph ({error}): prepare the model anew.") from error
    try:
        operations = _Reader(model, tied=tied).operations()
    except UnusableModel as error:
        raise UnusableModel(f"{path} {error}: give a graph of Tandem's.") from error
    workload = Workload(name=name, source=f"graph {path}", context_tokens=context_tokens, operations=operations)
    if lacking := _lacking(workload):
        raise UnusableModel(f"{path} has no {lacking}: give a graph of Tandem's.")
    return workload


def _lacking(workload: Workload) -> str:
    """Name what a decoder has and a workload has not, "" where nothing is missing."""
    kinds = {type(each) for each in workload.operations}
    if Lookup not in kinds:
        return "embedding"
    if Attention not in kinds:
        return "attention that is known here (GroupQueryAttention)"
    return "" if workload.layers else "layers that can be told by name"


class _Reader:
    """Follows the activations through the nodes, which stand in the order in which they run."""

    def __init__(self, model: onnx.ModelProto, *, tied: bool = False) -> None:
        self._tied = tied
        self._nodes = list(model.graph.node)
        self._shapes = {tensor.name: tuple(tensor.dims) for tensor in model.graph.initializer}
        self._places = {tensor.name: _place(tensor) for tensor in model.graph.initializer}
        self._states = {
            value.name: tuple(dim.dim_value for dim in value.type.tensor_type.shape.dim) for value in model.graph.input
        }
        self._flows = {TOKENS: _Flow("new", 1)}
        self._parts: dict[str, tuple[int, ...]] = {}

    def operations(self) -> tuple[Operation, ...]:
        """Give one for each node that computes something on the wafer."""
        found: list[Operation] = []
        integer_arithmetic = _integer_arithmetic(self._nodes, self._shapes)
        for node in self._nodes:
            if node.op_type in LAYOUT or node.output[0] in integer_arithmetic or self._chooses(node):
                self._pass_on(node)
            else:
                found += self._read(node)
        return tuple(
            replace(each, parts=self._parts[each.name])
            if isinstance(each, Projection) and each.name in self._parts
            else each
            for each in found
        )

    def _chooses(self, node: NodeProto) -> bool:
        """Tell whether a node only chooses from the logits."""
        return node.op_type in CHOOSING and any(flow.matrix == HEAD for flow in self._activations(node))

    def _read(self, node: NodeProto) -> list[Operation]:
        try:
            return self._operation(node)
        except (IndexError, KeyError) as error:
            which = f"{node.op_type} {node.name or ', '.join(node.output)}"
            raise UnusableModel(f"has a node without the operands or attributes of its kind ({which})") from error

    def _pass_on(self, node: NodeProto) -> None:
        """Lay an activation out anew: what is split is split evenly."""
        if not (activations := self._activations(node)):
            self._pass_on_constant(node)
            return
        flow = activations[0]
        part = flow.width // len(node.output)
        if flow.matrix and len(node.output) > 1:
            self._parts[flow.matrix] = (part,) * len(node.output)
        for output in node.output:
            self._flows[output] = _Flow(flow.positions, part, flow.matrix)

    def _pass_on_constant(self, node: NodeProto) -> None:
        """Remember the shape of weights or of a state that is laid out anew; of weights at least how many there are."""
        same, source = node.op_type in {"Cast", "Identity"}, node.input[0] if node.input else ""
        if source in self._shapes and len(node.output) == 1:
            shape = self._shapes[source]
            self._shapes[node.output[0]] = shape if same else (prod(shape),)
        if source in self._states and same:
            self._states[node.output[0]] = self._states[source]

    def _operation(self, node: NodeProto) -> list[Operation]:
        if node.op_type in LOOKUPS and WANTED in node.input:
            self._flows[node.output[0]] = _Flow("wanted", self._activations(node)[0].width)
            return []
        if node.op_type in PRODUCTS and (node.op_type == IN_BLOCKS or self._is_matrix(node.input[1])):
            operations = self._product(node)
        else:
            operations = [self._known(node) or self._unknown(node)]
        matrix = self._matrix(node, operations[0])
        for output in node.output:
            self._flows[output] = _Flow(operations[0].positions, _width(operations[0]), matrix)
        return operations

    def _matrix(self, node: NodeProto, operation: Operation) -> str:
        """Name the matrix that a result is made of; a bias does not change that."""
        match operation:
            case Projection(name=name):
                return name
            case Elementwise(bias=True):
                return self._activations(node)[0].matrix
            case _:
                return ""

    def _product(self, node: NodeProto) -> list[Operation]:
        """Give the projection, and the bias where the node adds one."""
        matrix, positions = node.input[1], self._activations(node)[0].positions
        numbers = {each.name: each.i for each in node.attribute}
        if node.op_type == IN_BLOCKS:
            inputs, outputs = numbers["K"], numbers["N"]
        else:
            inputs, outputs = self._shapes[matrix][:: -1 if numbers.get("transB") else 1]
        named = Projection(name=matrix, positions=positions, inputs=inputs, outputs=outputs)
        projection = named if named.layer is not None else replace(named, name=HEAD)
        if not "".join(node.input[PRODUCTS[node.op_type] :]):
            return [projection]
        name = f"{projection.name}.out"
        return [projection, Elementwise(name=name, positions=positions, function="Add", width=outputs, bias=True)]

    def _known(self, node: NodeProto) -> Operation | None:
        kind, activations = node.op_type, self._activations(node)
        positions = activations[0].positions if activations else "new"
        if kind in LOOKUPS and self._is_matrix(table := node.input[LOOKUPS[kind]]):
            vocabulary, width = self._shapes[table]
            tied = self._tied or self._used_twice(table)
            return Lookup(name="embedding", vocabulary=vocabulary, width=width, tied=tied)
        if kind == "GroupQueryAttention":
            return self._attention(node, positions)
        if kind in NORMALISATIONS and (gamma := node.input[NORMALISATIONS[kind]]) in self._shapes:
            width = prod(self._shapes[gamma])
            return Normalisation(name=gamma, positions=positions, width=width, residual=NORMALISATIONS[kind] > 1)
        if kind in ELEMENTWISE and activations:
            width = max(flow.width for flow in activations)
            bias = any(len(self._shapes.get(operand, ())) == 1 for operand in node.input)
            return Elementwise(name=node.output[0], positions=positions, function=kind, width=width, bias=bias)
        return None

    def _attention(self, node: NodeProto, positions: Positions) -> Attention:
        numbers = {each.name: each.i for each in node.attribute}
        attention = Attention(
            name=node.output[0],
            positions=positions,
            heads=numbers["num_heads"],
            kv_heads=numbers["kv_num_heads"],
            head_dim=self._states[node.input[3]][-1],
            rotary=bool(numbers.get("do_rotary", 0)),
        )
        if not node.input[1]:  # keys and values come with the queries, out of one matrix
            matrix, keys = self._activations(node)[0].matrix, attention.kv_width
            self._parts[matrix] = (attention.heads * attention.head_dim, keys, keys)
        return attention

    def _unknown(self, node: NodeProto) -> Unknown:
        activations = self._activations(node)
        total = sum(flow.width for flow in activations)
        return Unknown(
            name=node.name or node.output[0],
            positions=activations[0].positions if activations else "new",
            operator=f"{node.domain}.{node.op_type}".lstrip("."),
            inputs=total,
            outputs=total,
            held=sum(prod(self._shapes[each]) for each in node.input if each in self._shapes),
        )

    def _activations(self, node: NodeProto) -> list[_Flow]:
        return [self._flows[each] for each in node.input if each in self._flows]

    def _is_matrix(self, name: str) -> bool:
        return len(self._shapes.get(name, ())) == 2

    def _used_twice(self, table: str) -> bool:
        """Tell whether another tensor has the same bytes of the data file: the head's, under its own shape."""
        place = self._places.get(table, ())
        return bool(place) and sum(place == other for other in self._places.values()) > 1


def _place(tensor: onnx.TensorProto) -> tuple[tuple[str, str], ...]:
    return tuple(sorted((each.key, each.value) for each in tensor.external_data))


def _width(operation: Operation) -> int:
    match operation:
        case Projection(outputs=width) | Unknown(outputs=width):
            return width
        case Attention(heads=heads, head_dim=head_dim):
            return heads * head_dim
        case Lookup(width=width) | Normalisation(width=width) | Elementwise(width=width):
            return width
        case _:
            raise TypeError(f"{operation} has no width")


def _integer_arithmetic(nodes: Iterable[NodeProto], constants: Iterable[str]) -> set[str]:
    """Name the first outputs of the nodes that only serve 8-bit products: into integers before, scaled back behind."""
    makers = {output: node for node in nodes for output in node.output}
    products = [node for node in nodes if "Integer" in node.op_type and node.op_type in PRODUCTS]
    serving: set[str] = set()
    ahead = [makers.get(node.input[0]) for node in products]
    while ahead:
        node = ahead.pop()
        if node is not None and node.op_type in TO_INTEGERS and node.output[0] not in serving:
            serving.add(node.output[0])
            ahead += [makers.get(operand) for operand in node.input]
    scales = {output for name in serving for output in makers[name].output}
    integers, constants = {node.output[0] for node in products}, set(constants)
    for node in nodes:
        operands = set(node.input)
        if node.op_type == "Mul" and scales & operands and operands <= scales | integers | constants:
            serving.add(node.output[0])
            if integers.isdisjoint(operands):
                scales.add(node.output[0])
    return serving
