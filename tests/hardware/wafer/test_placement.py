from __future__ import annotations

from collections import Counter
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hardware.wafer.architecture import architectures, find_architecture, workload_of
from hardware.wafer.layout import Layout
from hardware.wafer.placement import Model, Placement, demand, place, room_bytes
from hardware.wafer.spec import load
from hardware.wafer.vector import ELEMENT_BYTES
from hardware.wafer.workload import Attention, Lookup, Projection

WSE3 = load("wse3")
NAMES = st.sampled_from(["smollm2-135m", "qwen2.5-coder-0.5b", "qwen2.5-coder-7b", "llama-2-13b", "qwen3-4b"])


def model_of(name: str, context_tokens: int = 1024) -> Model:
    return Model(workload_of(name, find_architecture(name)), context_tokens)


def placed(model: Model, side: int) -> Placement | None:
    wanted = demand(WSE3, model, side)
    return place(WSE3, model, wanted) if wanted else None


@given(columns=st.integers(1, 9), rows=st.integers(1, 9), wafers=st.integers(1, 3))
def test_neighbours_in_order_are_neighbours_on_the_wafer(columns: int, rows: int, wafers: int) -> None:
    layout = Layout(10, columns, rows)
    cells = [layout.cell(number) for number in range(wafers * columns * rows)]
    assert len(set(cells)) == len(cells)
    for number, (here, there) in enumerate(pairwise(cells)):
        if here.wafer == there.wafer:
            assert layout.hops(number, number + 1) == layout.side
        assert 0 <= there.column < columns
        assert 0 <= there.row < rows


@pytest.mark.parametrize("name", architectures())
def test_every_operation_of_a_model_is_in_one_piece(name: str) -> None:
    model = model_of(name)
    inside = Counter(
        (piece.layer, each) for piece in model.pieces.order for each in model.pieces.units[piece.unit].operations
    )
    assert len(model.pieces.order) == 4 * model.workload.layers
    assert sum(inside.values()) + len(model.pieces.ends.operations) == len(model.workload.operations)
    assert {layer for layer, _ in inside} == set(range(model.workload.layers))
    weights = sum(each.weights * times for (_, each), times in inside.items())
    assert weights + sum(each.weights for each in model.pieces.ends.operations) == model.workload.weights


@given(name=NAMES, side=st.integers(40, 750), context_tokens=st.integers(64, 4096))
def test_no_core_holds_more_than_its_memory(name: str, side: int, context_tokens: int) -> None:
    model = model_of(name, context_tokens)
    found = placed(model, side)
    if found is None:
        return
    room = room_bytes(WSE3, model, side)
    assert all(0 < stage.weight_bytes + stage.cache_bytes <= room for stage in found.stages)
    assert room + found.spare_bytes + WSE3.code_bytes == WSE3.sram_bytes
    assert [piece for stage in found.stages for piece in stage.pieces] == list(model.pieces.order)


@given(name=NAMES, side=st.integers(40, 750))
def test_all_cores_of_the_squares_together_have_room_for_the_whole_model(name: str, side: int) -> None:
    model = model_of(name)
    found = placed(model, side)
    if found is None:
        return
    weights = side * side * sum(stage.weight_bytes for stage in found.stages)
    caches = side * side * sum(stage.cache_bytes for stage in found.stages)
    assert weights >= model.weight_bytes
    assert caches >= model.cache_bytes


def test_the_bytes_of_a_core_are_those_of_its_tiles() -> None:
    model = model_of("qwen2.5-coder-7b")
    gating, down = (model.pieces.units[piece.unit] for piece in model.pieces.order[-2:])
    gate_up = next(each for each in gating.operations if isinstance(each, Projection))
    assert (gate_up.inputs, gate_up.outputs) == (3584, 37_888)
    # 3584 / 256 = 14, 37888 / 256 = 148, 18944 / 256 = 74; the normalisation's weights add 14.
    assert gating.weight_bytes(256) == ELEMENT_BYTES * (14 * 148 + 14)
    assert down.weight_bytes(256) == ELEMENT_BYTES * 74 * 14
    first = model.pieces.units[model.pieces.order[0].unit]
    assert any(isinstance(each, Attention) for each in first.operations)
    assert first.cache_bytes(256, 1024) == ELEMENT_BYTES * 2 * (1024 // 256) * (4 * 128 // 256)


def test_the_fullest_square_is_as_empty_as_can_be() -> None:
    found = placed(model_of("qwen2.5-coder-7b"), 300)
    assert found is not None
    counts = [len(stage.pieces) for stage in found.layer_stages]
    assert sum(counts) == 4 * 28
    fullest = max(stage.weight_bytes + stage.cache_bytes for stage in found.layer_stages)
    largest = max(model_of("qwen2.5-coder-7b").sizes(300))
    even = sum(stage.weight_bytes + stage.cache_bytes for stage in found.layer_stages) / len(counts)
    assert fullest < even + largest


def test_tied_weights_are_stored_once() -> None:
    tied, untied = (model_of(name).pieces.ends for name in ("qwen2.5-coder-3b", "qwen2.5-coder-7b"))
    assert [each.tied for ends in (tied, untied) for each in ends.operations if isinstance(each, Lookup)] == [
        True,
        False,
    ]
    assert tied.weight_bytes(1) == ELEMENT_BYTES * (2048 * 151_936 + 2048)
    assert untied.weight_bytes(1) == ELEMENT_BYTES * (2 * 3584 * 152_064 + 3584)
