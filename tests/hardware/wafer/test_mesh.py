"""The closed forms against cores, routers and words that know nothing of them."""

from __future__ import annotations

import math
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hardware.wafer import collectives, programs
from hardware.wafer.errors import DoesNotFit
from hardware.wafer.mesh import Compute, Direction, Mesh, Stream
from hardware.wafer.products import gemv, local_gemv
from hardware.wafer.region import make_region
from hardware.wafer.spec import load

if TYPE_CHECKING:
    from collections.abc import Callable

    from hardware.wafer.cost import Cycles
    from hardware.wafer.programs import Line
    from hardware.wafer.spec import WaferSpec

# A stage is two ramps and the core's own cycle; on the WSE-2 its calibrated value also holds what kernels add.
SPECS = [replace(spec, stage_cycles=2 * spec.ramp_cycles + 1) for spec in (load("wse2"), load("wse3"))]

specs = st.sampled_from(SPECS)
sizes = st.integers(2, 40)
words = st.integers(1, 24)


def play(spec: WaferSpec, cores: int, program: Callable[[Mesh, Line], None], issue_cycles: float = 0.0) -> Cycles:
    """Run a program on a row of cores; give when the last one is through."""
    mesh = Mesh(spec, issue_cycles)
    program(mesh, programs.row(cores))
    return mesh.run()


@given(specs, sizes, words)
@settings(deadline=None)
def test_a_broadcast_takes_its_words_and_its_distance(spec: WaferSpec, cores: int, count: int) -> None:
    played = play(spec, cores, partial(programs.broadcast, words=count))
    assert collectives.broadcast(spec, cores, count) == pytest.approx(played)


@given(specs, sizes, words)
@settings(deadline=None)
def test_a_chain_takes_a_stage_for_each_core(spec: WaferSpec, cores: int, count: int) -> None:
    played = play(spec, cores, partial(programs.chain, words=count))
    assert collectives.chain(spec, cores, count) == pytest.approx(played)


@given(specs, sizes, words)
@settings(deadline=None)
def test_a_star_is_bound_by_the_ramp_it_ends_in(spec: WaferSpec, cores: int, count: int) -> None:
    played = play(spec, cores, partial(programs.star, words=count))
    assert collectives.star(spec, cores, count) == pytest.approx(played, abs=spec.hop_cycles + 0.01)


@given(specs, st.sampled_from([2, 4, 8, 16, 32]), words)
@settings(deadline=None)
def test_a_tree_is_no_faster_than_its_bound_and_no_slower_than_words_plus_distance(
    spec: WaferSpec, cores: int, count: int
) -> None:
    played = play(spec, cores, partial(programs.tree, words=count))
    bound = collectives.tree(spec, cores, count)
    distance = (cores - 1) * spec.hop_cycles
    assert bound - 1 <= played <= bound + min(count * math.log2(cores), distance) + 1


@given(specs, st.sampled_from([2, 3, 4, 5, 6]), words)
@settings(deadline=None)
def test_two_phases_take_both_chains(spec: WaferSpec, group: int, count: int) -> None:
    cores = group * group
    played = play(spec, cores, partial(programs.two_phase, words=count, group=group))
    assert collectives.two_phase(spec, cores, count) == pytest.approx(played, abs=count + spec.hop_cycles)


@given(specs, sizes, st.data(), words)
@settings(deadline=None)
def test_a_k_tree_takes_its_stages_its_hops_and_its_instructions(
    spec: WaferSpec, cores: int, data: st.DataObject, count: int
) -> None:
    groups = data.draw(st.integers(1, cores))
    if cores % groups:
        groups = next(each for each in range(groups, 0, -1) if cores % each == 0)
    played = play(spec, cores, partial(programs.k_tree, words=count, groups=groups), issue_cycles=spec.operation_cycles)
    closed = collectives.allreduce(spec, cores, groups, count).total
    # The ramps at both ends of the way are no stage, and words of both sides share the ramp into a root.
    ends = spec.stage_cycles + spec.hop_cycles + 3
    assert closed - spec.hop_cycles - 1 <= played <= closed + ends + 2 * count


@given(specs, st.integers(5, 40), st.data())
@settings(deadline=None)
def test_a_k_tree_with_a_ragged_last_group_is_close(spec: WaferSpec, cores: int, data: st.DataObject) -> None:
    groups = data.draw(st.integers(2, cores // 2))
    played = play(spec, cores, partial(programs.k_tree, words=1, groups=groups), issue_cycles=spec.operation_cycles)
    closed = collectives.allreduce(spec, cores, groups, 1).total
    slack = spec.operation_cycles + spec.stage_cycles + spec.hop_cycles
    assert closed == pytest.approx(played, abs=slack)


@given(specs, st.sampled_from([(4, 2), (6, 3), (8, 2), (9, 3), (12, 4)]), st.integers(1, 8))
@settings(deadline=None, max_examples=30)
def test_a_gemv_takes_its_product_and_its_all_reduce(spec: WaferSpec, grid: tuple[int, int], elements: int) -> None:
    side, groups = grid
    region = make_region(spec, side, groups)
    count = math.ceil(elements / 2)
    local = local_gemv(region, elements, elements).total
    played = programs.gemv(spec, side, groups, count, local)
    ends = spec.stage_cycles + spec.hop_cycles + 3
    assert gemv(region, elements, elements).total == pytest.approx(played, abs=ends + 2 * count)


def test_a_link_takes_one_word_a_cycle() -> None:
    mesh = Mesh(SPECS[0])
    for at in (2, 1):
        mesh.route((at, 0), 0, Direction.WEST)
        mesh.program((at, 0), Stream(10, sent=0))
    mesh.route((0, 0), 0, Direction.RAMP)
    mesh.program((0, 0), Stream(20, taken=(0,)))
    assert mesh.run() >= 20


def test_cores_compute_while_words_travel() -> None:
    mesh = Mesh(SPECS[0])
    mesh.program((1, 0), Stream(1, sent=0))
    mesh.route((1, 0), 0, Direction.WEST)
    mesh.route((0, 0), 0, Direction.RAMP)
    mesh.program((0, 0), Compute(100), Stream(1, taken=(0,)))
    assert mesh.run() == pytest.approx(101)


def test_a_core_that_waits_for_nobody_is_found_out() -> None:
    mesh = Mesh(SPECS[0])
    mesh.program((0, 0), Stream(1, taken=(0,)))
    with pytest.raises(RuntimeError, match="wait for words that nobody sends"):
        mesh.run()


def test_there_are_no_more_colours_than_the_device_has() -> None:
    with pytest.raises(DoesNotFit, match="24 colours"):
        Mesh(SPECS[0]).route((0, 0), 24, Direction.RAMP)
