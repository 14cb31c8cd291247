"""A model's operations, read from its ONNX graph.

Invariant: no weight is read, only its shape; an operator that is not known here stays in the list by name, never drops
out of it. The 8-bit arithmetic of the graph is left out: on the wafer weights are fp16, so that the nodes which put
activations into 8 bits and scale the products back have nothing to do there.

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

PRODUCTS = {
    "MatMul": 9,
    "FusedMatMul": 9,
    "Gemm": 2,
    "MatMulNBits": 5,
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
TO_INTEGERS = {"Abs", "ReduceMax", "Div", "QuantizeLinear", "DynamicQuantizeLinear"}
TOKENS, WANTED = "input_ids", "logit_indices"


@dataclass(frozen=True, slots=True)
class _Flow:
    """An activation: for how many positions it is there, how many elements one has, and of which matrix it is made."""

    positions: Positions
    width: int
    matrix: str = ""


def read_graph(path: Path, name: str, context_tokens: int) -> Workload:
    """Read the graph that `engine/models/export.py` writes. Raises UnusableModel when it is none or has no layers."""
    try:
        model = onnx.load(path, load_external_data=False)
    except (OSError, DecodeError) as error:
        raise UnusableModel(f"{path} cannot be read as an ONNX graph ({error}): prepare the model anew.") from error
    operations = _Reader(model).operations()
    workload = Workload(name=name, source=f"graph {path}", context_tokens=context_tokens, operations=operations)
    if (
        not all(any(isinstance(each, kind) for each in operations) for kind in (Lookup, Attention))
        or not workload.layers
    ):
        raise UnusableModel(
            f"{path} has no embedding, or no layers that can be told by name: give a graph of Tandem's."
        )
    return workload


class _Reader:
    """Follows the activations through the nodes, which stand in the order in which they run."""

    def __init__(self, model: onnx.ModelProto) -> None:
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
            if node.op_type in LAYOUT or node.output[0] in integer_arithmetic:
                self._pass_on(node)
            else:
                found += self._operation(node)
        return tuple(
            replace(each, parts=self._parts[each.name])
            if isinstance(each, Projection) and each.name in self._parts
            else each
            for each in found
        )

    def _pass_on(self, node: NodeProto) -> None:
        """Lay an activation out anew: what is split is split evenly."""
        flow = self._activations(node)[0]
        part = flow.width // len(node.output)
        if flow.matrix and len(node.output) > 1:
            self._parts[flow.matrix] = (part,) * len(node.output)
        for output in node.output:
            self._flows[output] = _Flow(flow.positions, part, flow.matrix)

    def _operation(self, node: NodeProto) -> list[Operation]:
        if node.op_type in LOOKUPS and WANTED in node.input:
            self._flows[node.output[0]] = _Flow("wanted", self._activations(node)[0].width)
            return []
        if node.op_type in PRODUCTS and node.input[1] in self._shapes:
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
        if node.op_type == "MatMulNBits":
            inputs, outputs = numbers["K"], numbers["N"]
        else:
            inputs, outputs = self._shapes[matrix][:: -1 if numbers.get("transB") else 1]
        named = Projection(name=matrix, positions=positions, inputs=inputs, outputs=outputs)
        projection = named if named.layer is not None else replace(named, name="head")
        if not "".join(node.input[PRODUCTS[node.op_type] :]):
            return [projection]
        name = f"{projection.name}.out"
        return [projection, Elementwise(name=name, positions=positions, function="Add", width=outputs, bias=True)]

    def _known(self, node: NodeProto) -> Operation | None:
        kind, activations = node.op_type, self._activations(node)
        positions = activations[0].positions if activations else "new"
        if kind in LOOKUPS and (table := node.input[LOOKUPS[kind]]) in self._shapes:
            vocabulary, width = self._shapes[table]
            return Lookup(name="embedding", vocabulary=vocabulary, width=width, tied=self._used_twice(table))
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

    def _used_twice(self, table: str) -> bool:
        """Tell whether another tensor has the same bytes of the data file: the head's, under its own shape."""
        place = self._places[table]
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
