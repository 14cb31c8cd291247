"""Copies caches inside a device's own memory, by a graph that does nothing else.

Invariant: afterwards each buffer of the target holds what the source's of its name holds, as far as was asked for.
"""

# ONNX Runtime annotates some of its functions and not others.
# mypy: untyped-calls-exclude=onnxruntime

from __future__ import annotations

from typing import TYPE_CHECKING

from onnx import TensorProto, helper

from hardware.runtime import InferenceSession

if TYPE_CHECKING:
    from collections.abc import Sequence

    from hardware.binding import BoundCache
    from hardware.graph import Configured
    from hardware.runtime import SessionOptions

IR_VERSION = 10
OPSET = 21


class Copier:
    """Copies caches that have these buffers, of float16."""

    def __init__(self, names: Sequence[str], options: SessionOptions, providers: Sequence[Configured]) -> None:
        self._session = InferenceSession(_graph(names), options, providers, enable_fallback=0)
        self._binding = self._session.io_binding()

    def copy(self, source: BoundCache, target: BoundCache, keep: int) -> None:
        """Copy at least the first `keep` tokens: all where both are of one size, which takes no longer."""
        if source.capacity != target.capacity:
            _by_way_of_the_host(source, target, keep)
            return
        for name, buffer in source.buffers.items():
            self._binding.bind_ortvalue_input(name, buffer)
            self._binding.bind_ortvalue_output(_copied(name), target.buffers[name])
        self._session.run_with_iobinding(self._binding)


def _graph(names: Sequence[str]) -> bytes:
    shape = (1, "kv_heads", "capacity", "head_dim")
    inputs = [helper.make_tensor_value_info(name, TensorProto.FLOAT16, shape) for name in names]
    outputs = [helper.make_tensor_value_info(_copied(name), TensorProto.FLOAT16, shape) for name in names]
    nodes = [helper.make_node("Identity", [name], [_copied(name)]) for name in names]
    graph = helper.make_graph(nodes, "copier", inputs, outputs)
    opsets = [helper.make_opsetid("", OPSET)]
    model: bytes = helper.make_model(graph, opset_imports=opsets, ir_version=IR_VERSION).SerializeToString()
    return model


def _copied(name: str) -> str:
    return f"{name}.copied"


def _by_way_of_the_host(source: BoundCache, target: BoundCache, keep: int) -> None:
    for name, buffer in target.buffers.items():
        values = buffer.numpy().copy()
        values[:, :, :keep] = source.buffers[name].numpy()[:, :, :keep]
        buffer.update_inplace(values)
