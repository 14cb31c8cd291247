from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hardware.wafer.errors import DoesNotFit
from hardware.wafer.region import make_region, usual_groups
from hardware.wafer.spec import load

WSE2 = load("wse2")


@pytest.mark.parametrize(("side", "groups"), [(420, 20), (540, 20), (600, 24), (660, 22), (1, 1), (13, 3), (64, 8)])
def test_groups_are_those_of_the_public_configurations(side: int, groups: int) -> None:
    assert usual_groups(side) == groups


@given(st.integers(1, 750))
def test_usual_groups_are_near_the_square_root(side: int) -> None:
    assert usual_groups(side) ** 2 <= side < 4 * (usual_groups(side) + 1) ** 2


@given(st.integers(1, 750), st.integers(0, 100_000))
def test_shares_cover_a_vector_and_no_more_than_needed(side: int, elements: int) -> None:
    share = make_region(WSE2, side).share(elements)
    assert elements <= share * side < elements + side


@pytest.mark.parametrize(
    ("side", "groups", "says"),
    [
        (0, None, "has none"),
        (751, None, "which has 750 x 994: choose a side of at most 750"),
        (16, 0, "a line of 16 cores cannot have 0 groups"),
        (16, 17, "a line of 16 cores cannot have 17 groups"),
    ],
)
def test_what_a_device_does_not_have_is_refused(side: int, groups: int | None, says: str) -> None:
    with pytest.raises(DoesNotFit, match=f"(?i){says}"):
        make_region(WSE2, side, groups)
