from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hardware.wafer import operators
from hardware.wafer.cost import total
from hardware.wafer.decoder import (
    Layer,
    layer_bytes,
    layer_cost,
    layer_costs,
    make_layer,
    require_room,
    token_cycles,
)
from hardware.wafer.errors import DoesNotFit
from hardware.wafer.operators import ONE, Batch
from hardware.wafer.region import make_region
from hardware.wafer.spec import load

WSE2, WSE3 = load("wse2"), load("wse3")
LLAMA = make_layer(4096, 14336, 32, 8, 128)
SMALL = make_layer(896, 4864, 14, 2, 64)


@pytest.mark.parametrize("layer", [make_layer(8192, 29568, 1, 1, 8192), make_layer(4096, 14336, 1, 1, 4096)])
def test_a_larger_grid_hurts_decoding(layer: Layer) -> None:
    costs = [token_cycles(make_region(WSE2, side), layer, 1, 4096) for side in (420, 540, 660, 750)]
    assert costs == sorted(costs)


def test_a_small_grid_hurts_it_too() -> None:
    """Fewer cores have more to multiply each: in between lies the best."""
    costs = [token_cycles(make_region(WSE3, side), LLAMA, 1, 1024) for side in (32, 128, 600)]
    assert costs[0] > costs[1] < costs[2]


def test_a_layer_makes_ten_collectives() -> None:
    region = make_region(WSE2, 64)
    layer = make_layer(4096, 14336, 1, 1, 4096)
    slower = replace(region, spec=replace(WSE2, hop_cycles=WSE2.hop_cycles + 1))
    one = operators.normalisation(slower, ONE, 4096).total - operators.normalisation(region, ONE, 4096).total
    more = layer_cost(slower, layer, ONE, 64).total - layer_cost(region, layer, ONE, 64).total
    assert more == pytest.approx(10 * one, rel=0.02)


@given(st.integers(16, 300), st.integers(1, 8192), st.integers(1, 40))
@settings(max_examples=50, deadline=None)
def test_cores_are_never_busier_than_all_the_time(side: int, context: int, tokens: int) -> None:
    region = make_region(WSE3, side)
    for batch in (Batch(tokens), Batch(tokens, spread=True)):
        for name, cost in layer_costs(region, SMALL, batch, context).items():
            assert 0 <= cost.busy <= cost.total * region.cores, name


@given(st.integers(16, 300), st.integers(1, 4096), st.integers(1, 4096))
@settings(max_examples=50, deadline=None)
def test_a_longer_context_never_takes_less(side: int, context: int, more: int) -> None:
    region = make_region(WSE3, side)
    assert layer_cost(region, SMALL, ONE, context).total <= layer_cost(region, SMALL, ONE, context + more).total
    assert layer_bytes(region, SMALL, context) <= layer_bytes(region, SMALL, context + more)


@given(st.integers(2, 64))
@settings(max_examples=20, deadline=None)
def test_tokens_together_take_less_than_one_by_one(tokens: int) -> None:
    region = make_region(WSE3, 64)
    together = layer_cost(region, SMALL, Batch(tokens), 256).total
    assert layer_cost(region, SMALL, ONE, 256).total < together < tokens * layer_cost(region, SMALL, ONE, 256).total


def test_operators_add_up_to_the_layer() -> None:
    region = make_region(WSE3, 64)
    costs = layer_costs(region, SMALL, ONE, 256)
    assert layer_cost(region, SMALL, ONE, 256) == total(*costs.values())
    assert token_cycles(region, SMALL, 24, 256) == pytest.approx(24 * sum(cost.total for cost in costs.values()))


def test_what_surrounds_the_layers_has_a_price() -> None:
    region = make_region(WSE3, 64)
    head = operators.head(region, ONE, 896, 151_936).total
    assert head > operators.projection(region, ONE, 896, 151_936).total
    assert operators.embedding(region, ONE, 896).total > 0
    assert operators.hand_over(region, ONE, 896).total > 64 * WSE3.hop_cycles


def test_heads_that_norm_themselves_cost_two_norms_more() -> None:
    region = make_region(WSE3, 64)
    plain, normed = (layer_cost(region, replace(SMALL, head_norm=norm), ONE, 256).total for norm in (False, True))
    assert normed > plain


def test_a_layer_too_large_for_its_cores_is_refused_with_the_numbers() -> None:
    region = make_region(WSE2, 64)
    with pytest.raises(DoesNotFit, match=r"takes \d+ bytes of each core on 64 x 64, .* choose a larger grid\.$"):
        require_room(region, LLAMA, 1)
    fitting = make_region(WSE2, 200)
    require_room(fitting, LLAMA, 4096)
    with pytest.raises(DoesNotFit, match=r"A layer with 9000000 positions .* or a shorter context\.$"):
        require_room(fitting, LLAMA, 9_000_000)


def test_heads_that_do_not_share_evenly_are_refused() -> None:
    with pytest.raises(DoesNotFit, match="14 query heads cannot share 4"):
        make_layer(896, 4864, 14, 4, 64)
