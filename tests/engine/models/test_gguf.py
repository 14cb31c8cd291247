from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from gguf import GGUFReader
from gguf.quants import dequantize
from support.synthetic import CONTEXT, FEED_FORWARD, HEAD_DIM, HEADS, KV_HEADS, LAYERS, VOCABULARY, WIDTH, write_model

from engine.errors import GraphError
from engine.models.gguf import Gguf, read_facts

if TYPE_CHECKING:
    from pathlib import Path


def check_same_as_library(path: Path, tensors: int) -> None:
    """Every tensor's place and type; the values of the first rows of some."""
    reader = GGUFReader(path)
    with Gguf(path) as file:
        assert set(file.tensors) == {tensor.name for tensor in reader.tensors}
        for tensor in reader.tensors:
            place = file.tensors[tensor.name]
            assert (place.kind, place.offset) == (tensor.tensor_type, tensor.data_offset)
            assert place.shape == tuple(tensor.shape[::-1])
        for tensor in reader.tensors[:tensors]:
            values = dequantize(tensor.data, tensor.tensor_type)
            np.testing.assert_array_equal(file.tensor(tensor.name), values)
        for key in reader.fields:
            if not key.startswith("GGUF."):
                assert file.metadata[key] == reader.fields[key].contents()


def read_everything(path: Path) -> None:
    with Gguf(path) as file:
        for name in file.tensors:
            file.tensor(name)


@pytest.fixture(params=["llama", "qwen2"])
def gguf(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    path = tmp_path / "model.gguf"
    write_model(path, request.param)
    return path


def test_reads_what_the_library_reads(gguf: Path) -> None:
    check_same_as_library(gguf, tensors=100)


@pytest.mark.slow
@pytest.mark.model
@pytest.mark.parametrize("model", ["qwen_gguf", "smollm_gguf"])
def test_reads_the_real_files_as_the_library_does(model: str, request: pytest.FixtureRequest) -> None:
    check_same_as_library(request.getfixturevalue(model), tensors=20)


def test_facts(gguf: Path) -> None:
    facts = read_facts(gguf)
    assert (facts.layers, facts.width, facts.feed_forward) == (LAYERS, WIDTH, FEED_FORWARD)
    assert (facts.heads, facts.kv_heads, facts.head_dim) == (HEADS, KV_HEADS, HEAD_DIM)
    assert (facts.vocabulary, facts.context, facts.rope_theta) == (VOCABULARY, CONTEXT, 10_000.0)


def test_rows_are_slices(gguf: Path) -> None:
    with Gguf(gguf) as file:
        whole = file.tensor("token_embd.weight")
        np.testing.assert_array_equal(file.tensor("token_embd.weight", 3, 9), whole[3:9])
        assert file.tensor("token_embd.weight", VOCABULARY - 1, VOCABULARY + 50).shape == (1, WIDTH)


@pytest.mark.parametrize("share", [0.0, 0.001, 0.01, 0.5, 0.99])
def test_a_cut_file_is_refused(gguf: Path, share: float) -> None:
    data = gguf.read_bytes()
    gguf.write_bytes(data[: int(len(data) * share)])
    with pytest.raises(GraphError, match="fetch the model again"):
        read_everything(gguf)


def test_another_file_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "model.gguf"
    path.write_bytes(b"PK\3\4" + bytes(1000))
    with pytest.raises(GraphError, match="not a complete GGUF"):
        Gguf(path)


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(GraphError, match="cannot be read"):
        Gguf(tmp_path / "none.gguf")


def test_another_architecture_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "model.gguf"
    write_model(path, "gemma")
    with pytest.raises(GraphError, match="'gemma'"):
        read_facts(path)


def test_positions_are_scaled_by_a_factor_or_not_at_all(tiny_gguf: Path) -> None:
    with Gguf(tiny_gguf) as file:
        assert file.facts().rope_factor == 1
        file.metadata |= {"llama.rope.scaling.type": "linear", "llama.rope.scaling.factor": 4.0}
        assert file.facts().rope_factor == 4
        file.metadata["llama.rope.scaling.type"] = "yarn"
        with pytest.raises(GraphError, match="turns positions"):
            file.facts()
