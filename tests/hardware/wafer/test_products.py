from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hardware.wafer.products import Tile, gemm, gemm_step, gemv
from hardware.wafer.region import make_region
from hardware.wafer.spec import load
from hardware.wafer.vector import elements_per_cycle

WSE3 = load("wse3")
sides = st.integers(3, 755)
lengths = st.integers(1, 32)


@given(sides, lengths)
def test_a_gemv_s_cores_are_never_busier_than_all_the_time(side: int, elements: int) -> None:
    cost = gemv(make_region(WSE3, side), elements, elements)
    assert 0 < cost.busy <= cost.total * side * side


@given(sides, lengths)
def test_a_larger_tile_never_takes_less(side: int, elements: int) -> None:
    region = make_region(WSE3, side)
    assert gemv(region, elements, elements).total < gemv(region, elements + 1, elements + 1).total
    small, large = Tile(elements, elements, elements), Tile(elements + 1, elements + 1, elements + 1)
    assert gemm(region, small).total < gemm(region, large).total


@pytest.mark.parametrize("groups", [2, 4, 8])
def test_a_longer_line_takes_longer(groups: int) -> None:
    costs = [gemv(make_region(WSE3, side, groups), 1, 1).total for side in range(16, 755, 16)]
    assert costs == sorted(costs)


@given(sides, st.tuples(lengths, lengths, lengths))
def test_a_step_of_a_gemm_costs_the_same_on_every_grid(side: int, lengths: tuple[int, int, int]) -> None:
    tile = Tile(*lengths)
    assert gemm_step(make_region(WSE3, side), tile).total == gemm_step(make_region(WSE3, 16), tile).total


@given(st.tuples(lengths, lengths, lengths))
def test_a_gemm_never_does_more_than_memory_lets_through(lengths: tuple[int, int, int]) -> None:
    rows, inner, columns = lengths
    products = rows * inner * columns
    assert gemm_step(make_region(WSE3, 16), Tile(*lengths)).compute >= products / elements_per_cycle(WSE3)


def test_operands_from_memory_bound_the_width_that_is_used() -> None:
    assert WSE3.simd_lanes == 8
    assert elements_per_cycle(WSE3) == 4
    assert elements_per_cycle(WSE3, reads=1, writes=0) == 8


def test_a_tile_larger_than_the_links_carry_in_time_is_waited_for() -> None:
    cost = gemm_step(make_region(WSE3, 16), Tile(1, 1, 1))
    assert not cost.communication
    slow = replace(WSE3, link_bytes_per_cycle=1, hop_cycles=500.0)
    assert gemm_step(make_region(slow, 16), Tile(1, 1, 1)).communication > 0
