"""An operation of a model costs what the operators cost that were held against measurements."""

from __future__ import annotations

import pytest

from hardware.wafer.architecture import find_architecture, workload_of
from hardware.wafer.cost import total
from hardware.wafer.decoder import Layer, layer_cost
from hardware.wafer.mapping import costs_of
from hardware.wafer.operators import Batch, Heads
from hardware.wafer.region import make_region
from hardware.wafer.spec import load


@pytest.mark.parametrize("name", ["llama-3.1-8b", "qwen3-1.7b", "qwen3-4b"])
@pytest.mark.parametrize("batch", [Batch(), Batch(4), Batch(600, spread=True)], ids=["one", "few", "many"])
def test_a_model_s_layer_costs_what_the_validated_layer_does(name: str, batch: Batch) -> None:
    shape, region = find_architecture(name), make_region(load("wse3"), 256)
    heads = Heads(shape.heads, shape.kv_heads, shape.head_dim)
    layer = Layer(shape.width, shape.ffn_width, heads, head_norm=shape.head_norm)
    second = [each for each in workload_of(name, shape).operations if each.layer == 1]
    mapped = total(*(cost for each in second for cost in costs_of(region, batch, each, 1024).values()))
    assert mapped.total == pytest.approx(layer_cost(region, layer, batch, 1024).total)
