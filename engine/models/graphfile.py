"""An ONNX file under construction: small tensors inside it, large ones in one data file that can be memory-mapped.

Invariant: a large tensor is on disk as soon as it is added, so that memory holds a piece of one at a time; each begins
on a page, and one that is used under two shapes is stored once.
"""

from __future__ import annotations

from math import prod
from typing import TYPE_CHECKING, Self

import numpy as np
from onnx import StringStringEntryProto, TensorProto, helper, numpy_helper, save_model

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from numpy.typing import NDArray
    from onnx import NodeProto, ValueInfoProto

    Array = NDArray[np.float32] | NDArray[np.float16] | NDArray[np.uint8] | NDArray[np.int64]
    Dimension = int | str

GRAPH_NAME = "model.onnx"
DATA_NAME = "model.onnx.data"
CONTRIB = "com.microsoft"
IR_VERSION = 10
OPSET = 21
PAGE_BYTES = 4096


class GraphFile:
    """Collects inputs, outputs, nodes and tensors; leaving the context without an error writes the graph."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._data = (folder / DATA_NAME).open("wb")
        self._nodes: list[NodeProto] = []
        self._tensors: dict[str, TensorProto] = {}
        self._inputs: list[ValueInfoProto] = []
        self._outputs: list[ValueInfoProto] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        self._data.close()
        if kind is None:
            self._save()

    def input(self, name: str, kind: int, shape: Sequence[Dimension]) -> None:
        """Declare an input; a dimension may be a name."""
        self._inputs.append(helper.make_tensor_value_info(name, kind, shape))

    def output(self, name: str, kind: int, shape: Sequence[Dimension]) -> None:
        """Declare an output that a node produces; a dimension may be a name."""
        self._outputs.append(helper.make_tensor_value_info(name, kind, shape))

    def node(
        self, kind: str, inputs: Sequence[str], outputs: Sequence[str], *, domain: str = "", **attributes: float | str
    ) -> str:
        """Add an operator named after its first output, which is returned; an empty name is an absent operand."""
        node = helper.make_node(kind, inputs, outputs, name=outputs[0], domain=domain)
        node.attribute.extend(helper.make_attribute(key, value) for key, value in sorted(attributes.items()))
        self._nodes.append(node)
        return outputs[0]

    def small(self, name: str, values: Array) -> str:
        """Add a tensor inside the graph file."""
        self._tensors[name] = numpy_helper.from_array(values, name)
        return name

    def large(self, name: str, shape: Sequence[int], pieces: Iterable[Array]) -> str:
        """Add a tensor to the data file, given as consecutive pieces of one type."""
        self._data.write(bytes(-self._data.tell() % PAGE_BYTES))
        start = self._data.tell()
        kind = 0
        for piece in pieces:
            kind = helper.np_dtype_to_tensor_dtype(piece.dtype)
            self._data.write(np.ascontiguousarray(piece).data)
        size = self._data.tell() - start
        if size != prod(shape) * helper.tensor_dtype_to_np_dtype(kind).itemsize:
            raise ValueError(f"{name} has {size} bytes, which is not what its shape {tuple(shape)} takes")
        place = {"location": DATA_NAME, "offset": str(start), "length": str(size)}
        self._tensors[name] = TensorProto(
            name=name,
            data_type=kind,
            dims=shape,
            data_location=TensorProto.EXTERNAL,
            external_data=[StringStringEntryProto(key=key, value=value) for key, value in place.items()],
        )
        return name

    def again(self, name: str, stored: str, shape: Sequence[int]) -> str:
        """Add a tensor that has the bytes of the large tensor `stored` under another shape."""
        tensor = TensorProto()
        tensor.CopyFrom(self._tensors[stored])
        tensor.name = name
        tensor.dims[:] = shape
        self._tensors[name] = tensor
        return name

    def _save(self) -> None:
        operands = {name for node in self._nodes for name in node.input}
        tensors = [tensor for name, tensor in self._tensors.items() if name in operands]
        graph = helper.make_graph(self._nodes, "decoder", self._inputs, self._outputs, tensors)
        opsets = [helper.make_opsetid("", OPSET), helper.make_opsetid(CONTRIB, 1)]
        model = helper.make_model(graph, producer_name="tandem", opset_imports=opsets, ir_version=IR_VERSION)
        save_model(model, self._folder / GRAPH_NAME)
