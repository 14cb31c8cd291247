from __future__ import annotations

import re
from typing import TYPE_CHECKING

import numpy as np
import pytest
from onnx import TensorProto, helper, numpy_helper, save_model
from support import tiny

from engine.models import quantize
from engine.models.export import write_graph
from hardware.wafer.architecture import Architecture, find_architecture, shares_table, workload_of
from hardware.wafer.errors import UnusableModel
from hardware.wafer.graph import _Reader, read_graph
from hardware.wafer.workload import Elementwise, Projection, Unknown

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from onnx import NodeProto

    from engine.models.bundle import Bundle

TINY = Architecture(
    title="Tiny",
    source="support/tiny.py",
    parameters=1,
    layers=tiny.LAYERS,
    width=tiny.WIDTH,
    ffn_width=tiny.FEED_FORWARD,
    heads=tiny.HEADS,
    kv_heads=tiny.KV_HEADS,
    head_dim=tiny.WIDTH // tiny.HEADS,
    vocabulary=259,
    context_tokens=tiny.CONTEXT_TOKENS,
    tied=True,
)


@pytest.fixture(scope="module")
def gguf(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("tiny") / tiny.FILE
    tiny.write_gguf(path)
    return path


@pytest.mark.parametrize("precision", ["FLOAT32", "FLOAT16", "INT8", "CHANNELS", "MIXED"])
def test_a_graph_in_any_precision_has_the_operations_of_its_shape(gguf: Path, tmp_path: Path, precision: str) -> None:
    write_graph(gguf, tmp_path, getattr(quantize, precision), lambda _: None)
    found = read_graph(tmp_path / "model.onnx", "tiny", tiny.CONTEXT_TOKENS, tied=TINY.tied)
    assert found.operations == workload_of("tiny", TINY).operations
    assert not found.unknown


@pytest.mark.model
def test_the_default_model_has_the_same_operations_by_name_and_by_graph(qwen_bundle: Bundle) -> None:
    spec = qwen_bundle.spec
    assert spec.graph is not None
    by_graph = read_graph(spec.graph, spec.name, spec.context, tied=shares_table(spec.name))
    by_name = workload_of(spec.name, find_architecture("qwen2.5-coder-0.5b"))
    assert by_graph.operations == by_name.operations
    assert by_graph.layers == spec.layers


@pytest.mark.model
def test_a_table_that_is_stored_once_counts_once(smollm_bundle: Bundle) -> None:
    spec = smollm_bundle.spec
    assert spec.graph is not None
    shape = find_architecture("smollm2-135m")
    assert read_graph(spec.graph, spec.name, spec.context).operations == workload_of(spec.name, shape).operations


def write_strange(path: Path, strange: str, layer: str = "blk.0") -> None:
    """One layer: a product, an operator that nobody knows, and attention."""
    matrix, table = np.zeros((8, 24), np.float32), np.zeros((16, 8), np.float32)
    nodes = [
        helper.make_node("Gather", ["table", "input_ids"], ["embedded"]),
        helper.make_node("MatMul", ["embedded", f"{layer}.qkv"], ["projected"]),
        helper.make_node(strange, ["projected", "seqlens_k"], ["bent"], name=f"{layer}.bent", domain="far.away"),
        helper.make_node(
            "GroupQueryAttention",
            ["bent", "", "", "past", "past", "seqlens_k", "total"],
            [f"{layer}.attention", "present", "present2"],
            domain="com.microsoft",
            num_heads=2,
            kv_num_heads=2,
        ),
    ]
    inputs = [
        helper.make_tensor_value_info("input_ids", TensorProto.INT64, (1, "T")),
        helper.make_tensor_value_info("seqlens_k", TensorProto.INT32, (1,)),
        helper.make_tensor_value_info("past", TensorProto.FLOAT, (1, 2, "capacity", 4)),
    ]
    outputs = [helper.make_tensor_value_info(f"{layer}.attention", TensorProto.FLOAT, (1, "T", 8))]
    tensors = [numpy_helper.from_array(matrix, f"{layer}.qkv"), numpy_helper.from_array(table, "table")]
    save_model(helper.make_model(helper.make_graph(nodes, "strange", inputs, outputs, tensors)), path)


def test_an_unknown_operator_stays_in_the_list_by_name(tmp_path: Path) -> None:
    write_strange(tmp_path / "model.onnx", "Bend")
    found = read_graph(tmp_path / "model.onnx", "strange", 64)
    (bent,) = found.unknown
    assert bent == Unknown(name="blk.0.bent", operator="far.away.Bend", inputs=24, outputs=24, held=0)
    assert [each.role for each in found.operations] == ["embedding", "qkv", "bent", "attention"]
    assert Projection(name="blk.0.qkv", inputs=8, outputs=24) in found.operations, "in parts that nobody knows"


def write_small(path: Path, *nodes: NodeProto, states: Sequence[str] = ("past",)) -> None:
    """A graph of these nodes with an embedding in front and the weights `line`, `table` and `blk.0.matrix`."""
    shapes = {"line": (8,), "table": (16, 8), "blk.0.matrix": (8, 24)}
    tensors = [numpy_helper.from_array(np.zeros(shape, np.float32), name) for name, shape in shapes.items()]
    inputs = [
        helper.make_tensor_value_info("input_ids", TensorProto.INT64, (1, "T")),
        helper.make_tensor_value_info("seqlens_k", TensorProto.INT32, (1,)),
        *(helper.make_tensor_value_info(each, TensorProto.FLOAT, (1, 2, "capacity", 4)) for each in states),
    ]
    embedding = helper.make_node("Gather", ["table", "input_ids"], ["embedded"])
    save_model(helper.make_model(helper.make_graph([embedding, *nodes], "small", inputs, [], tensors)), path)


def attention(queries: str, past: str) -> NodeProto:
    operands, outputs = [queries, "", "", past, past, "seqlens_k", "total"], ["blk.0.attention", "key", "value"]
    return helper.make_node(
        "GroupQueryAttention", operands, outputs, domain="com.microsoft", num_heads=2, kv_num_heads=2
    )


def test_what_is_no_activation_is_laid_out_anew_without_harm(tmp_path: Path) -> None:
    nodes = [
        helper.make_node("Cast", ["seqlens_k"], ["lengths"], to=TensorProto.INT64),
        helper.make_node("Cast", ["past"], ["past.cast"], to=TensorProto.FLOAT16),
        helper.make_node("Cast", ["blk.0.matrix"], ["blk.0.cast"], to=TensorProto.FLOAT16),
        helper.make_node("Reshape", ["blk.0.matrix", "shape"], ["blk.0.flat"]),
        helper.make_node("MatMul", ["embedded", "blk.0.cast"], ["projected"]),
        helper.make_node("Far", ["projected", "blk.0.flat"], ["blk.0.bent"], domain="far.away"),
        attention("blk.0.bent", "past.cast"),
        helper.make_node("Gather", ["line", "input_ids"], ["blk.0.picked"]),
    ]
    write_small(tmp_path / "model.onnx", *nodes)
    found = read_graph(tmp_path / "model.onnx", "small", 64)
    assert Projection(name="blk.0.cast", inputs=8, outputs=24) in found.operations
    held = {each.operator: each.held for each in found.unknown}
    assert held == {"far.away.Far": 8 * 24, "Gather": 8}


@pytest.mark.parametrize(
    ("nodes", "says"),
    [
        ([], "has no attention that is known here"),
        ([attention("embedded", "nowhere")], "without the operands or attributes of its kind (GroupQueryAttention"),
        ([helper.make_node("MatMulNBits", ["embedded", "blk.0.matrix"], ["out"])], "(MatMulNBits out)"),
        ([helper.make_node("MatMul", ["embedded"], ["out"])], "(MatMul out)"),
    ],
)
def test_a_graph_that_is_not_ours_is_refused_with_what_it_lacks(
    tmp_path: Path, nodes: list[NodeProto], says: str
) -> None:
    write_small(tmp_path / "model.onnx", *nodes)
    with pytest.raises(UnusableModel, match=rf"^{re.escape(str(tmp_path))}.*{re.escape(says)}.*: give a graph of"):
        read_graph(tmp_path / "model.onnx", "small", 64)


@pytest.mark.parametrize(
    ("kind", "operands", "attributes"),
    [
        ("MatMulNBits", ["matrix", "scales", "", "", "bias"], {"K": 8, "N": 24, "bits": 4, "block_size": 32}),
        ("MatMulIntegerToFloat", ["matrix", "one", "scales", "zero", "zero", "bias"], {}),
        ("Gemm", ["turned", "bias"], {"transB": 1}),
    ],
)
def test_a_bias_within_a_product_is_an_addition_of_its_own(
    kind: str, operands: list[str], attributes: dict[str, int]
) -> None:
    shapes = {"matrix": (8, 24), "turned": (24, 8), "bias": (24,), "table": (16, 8)}
    names = {each: f"blk.0.{each}" for each in ("matrix", "turned", "bias")}
    nodes = [
        helper.make_node("Gather", ["table", "input_ids"], ["embedded"]),
        helper.make_node(kind, ["embedded", *(names.get(each, each) for each in operands)], ["out"]),
    ]
    nodes[1].attribute.extend(helper.make_attribute(name, value) for name, value in attributes.items())
    tensors = [
        numpy_helper.from_array(np.zeros(shape, np.float32), names.get(name, name)) for name, shape in shapes.items()
    ]
    model = helper.make_model(helper.make_graph(nodes, "biased", [], [], tensors))
    _, projection, bias = _Reader(model).operations()
    assert isinstance(projection, Projection)
    assert (projection.inputs, projection.outputs) == (8, 24)
    assert bias == Elementwise(name=f"{projection.name}.out", function="Add", width=24, bias=True)


def test_a_graph_without_layers_is_refused(tmp_path: Path) -> None:
    write_strange(tmp_path / "model.onnx", "Bend", layer="somewhere")
    with pytest.raises(UnusableModel, match="no layers that can be told by name"):
        read_graph(tmp_path / "model.onnx", "strange", 64)


@pytest.mark.parametrize("content", [b"no graph at all", None])
def test_what_is_no_graph_is_refused(tmp_path: Path, content: bytes | None) -> None:
    if content is not None:
        (tmp_path / "model.onnx").write_bytes(content)
    with pytest.raises(UnusableModel, match="prepare the model anew"):
        read_graph(tmp_path / "model.onnx", "strange", 64)
