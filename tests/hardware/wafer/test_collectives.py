from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hardware.wafer import algorithms, collectives
from hardware.wafer.collectives import KTree, Sides
from hardware.wafer.errors import UnknownWay
from hardware.wafer.region import make_region
from hardware.wafer.spec import load

if TYPE_CHECKING:
    from collections.abc import Callable

    from hardware.wafer.cost import Cycles
    from hardware.wafer.spec import WaferSpec

WSE2 = load("wse2")
LINES = [collectives.broadcast, collectives.star, collectives.chain, collectives.tree, collectives.two_phase]


def test_the_forms_are_the_paper_s() -> None:
    """By hand for 512 cores and 256 words, hop 1 and ramp 2."""
    assert collectives.broadcast(WSE2, 512, 256) == pytest.approx(256 + 511 + 5)
    assert collectives.star(WSE2, 512, 256) == pytest.approx(256 * 511 + 5)
    assert collectives.chain(WSE2, 512, 256) == pytest.approx(256 + 6 * 511)
    assert collectives.tree(WSE2, 512, 1) == pytest.approx(512 * 9 / (2 * 511) + 511 + 5 * 9)
    assert collectives.ring(WSE2, 512, 256) == pytest.approx(2 * 511 * 256 / 512 + 4 * 512 - 6 + 2 * 511 * 5)


@pytest.mark.parametrize("line", LINES)
@given(cores=st.integers(1, 600), words=st.integers(1, 500))
def test_more_cores_or_more_words_never_take_less(
    line: Callable[[WaferSpec, int, int], Cycles], cores: int, words: int
) -> None:
    assert line(WSE2, cores, words) <= line(WSE2, cores, words + 1)
    assert not line(WSE2, 1, words)


@given(st.integers(2, 600), st.integers(1, 500))
def test_the_cheapest_way_is_no_dearer_than_any(cores: int, words: int) -> None:
    costs = algorithms.ways("allreduce", make_region(WSE2, cores), words)
    assert costs[algorithms.choose(costs, None)] == min(costs.values())


def test_a_way_that_is_not_there_lists_those_that_are() -> None:
    costs = algorithms.ways("reduce", make_region(WSE2, 16), 1)
    assert algorithms.choose(costs, "chain") == "chain"
    with pytest.raises(UnknownWay, match="take k-tree, star, chain, tree, two-phase"):
        algorithms.choose(costs, "butterfly")


@pytest.mark.parametrize("collective", algorithms.COLLECTIVES)
def test_a_square_takes_more_than_a_line(collective: str) -> None:
    region = make_region(WSE2, 64)
    line, square = (algorithms.ways(collective, region, 8, dimensions) for dimensions in (1, 2))
    assert all(line[name] < square[name] for name in line)


def test_a_k_tree_meets_in_the_middle_of_the_middle_group() -> None:
    assert collectives.k_tree(16, 2) == KTree(8, Sides(4, 3), Sides(1, 0), Sides(12, 3))
    assert collectives.k_tree(720, 4) == KTree(180, Sides(90, 89), Sides(2, 1), Sides(450, 269))


@given(st.integers(1, 750), st.data())
def test_a_k_tree_s_roots_lie_on_the_line(cores: int, data: st.DataObject) -> None:
    groups = data.draw(st.integers(1, cores))
    tree = collectives.k_tree(cores, groups)
    assert tree.line.before + 1 + tree.line.after == cores
    assert tree.group.before + 1 + tree.group.after == tree.size
    assert (tree.roots.before + 1 + tree.roots.after - 1) * tree.size < cores


@given(st.integers(2, 750), st.integers(1, 64))
def test_an_all_reduce_takes_at_least_the_way_there_and_back(cores: int, words: int) -> None:
    cost = collectives.allreduce(WSE2, cores, make_region(WSE2, cores).groups, words)
    assert cost.communication >= (cores // 2) * WSE2.hop_cycles + words - 1
    assert cost.busy <= cost.total * cores
