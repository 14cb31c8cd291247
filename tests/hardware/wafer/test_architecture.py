from __future__ import annotations

import re

import pytest

from hardware.wafer.architecture import architectures, find_architecture, workload_of
from hardware.wafer.errors import UnusableModel
from hardware.wafer.workload import Attention


@pytest.mark.parametrize("name", architectures())
def test_a_shape_has_the_parameters_that_its_model_card_counts(name: str) -> None:
    shape = find_architecture(name)
    workload = workload_of(name, shape)
    assert workload.weights == shape.parameters
    assert workload.layers == shape.layers
    assert sum(isinstance(each, Attention) for each in workload.operations) == shape.layers
    assert shape.source.startswith("https://")


def test_only_what_fills_the_cache_runs_for_positions_that_want_no_logits() -> None:
    workload = workload_of("smollm2-135m", find_architecture("smollm2-135m"))
    last = [each for each in workload.operations if each.layer == workload.layers - 1]
    assert [each.role for each in last if each.positions == "new"] == ["attn_norm", "qkv", "attention"]
    assert {each.positions for each in workload.operations if each.layer == 0} == {"new"}


@pytest.mark.parametrize("name", ["gpt-5", "", "llama"])
def test_an_unknown_name_lists_the_known_ones(name: str) -> None:
    with pytest.raises(UnusableModel, match=re.escape(", ".join(architectures()))):
        find_architecture(name)
