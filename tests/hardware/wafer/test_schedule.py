from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hardware.wafer.architecture import find_architecture, workload_of
from hardware.wafer.decoder import Layer, layer_cost
from hardware.wafer.errors import DoesNotFit
from hardware.wafer.mapping import costs_of
from hardware.wafer.operators import ONE, Heads, residual
from hardware.wafer.pipeline import filled, prefill
from hardware.wafer.placement import Model
from hardware.wafer.region import make_region
from hardware.wafer.schedule import Schedule, cycles
from hardware.wafer.search import busiest, fastest, token_cycles
from hardware.wafer.spec import load
from hardware.wafer.workload import Unknown, Workload

WSE3 = load("wse3")


def model_of(name: str, context_tokens: int = 1024) -> Model:
    return Model(workload_of(name, find_architecture(name)), context_tokens)


@pytest.fixture(scope="module")
def small() -> Schedule:
    return fastest(WSE3, model_of("smollm2-135m"))


@pytest.fixture(scope="module")
def large() -> Schedule:
    return fastest(WSE3, model_of("qwen2.5-coder-32b"))


@pytest.mark.parametrize(
    ("name", "layers", "shape"),
    [("llama-3-8b", 32, (4096, 14_336, 32, 8, 128)), ("llama-2-13b", 40, (5120, 13_824, 40, 40, 128))],
)
def test_layers_cost_what_an_estimate_of_their_shape_says(name: str, layers: int, shape: tuple[int, ...]) -> None:
    schedule = fastest(WSE3, model_of(name), side=420)
    budget = schedule.step(1023, 1, 1)
    outside = {"embedding", "output_norm", "head", "way to the first square", "between squares", "between wafers"}
    inside = sum(cost.total for part, cost in budget.items() if part not in outside)
    width, hidden, heads, kv_heads, size = shape
    region = make_region(WSE3, 420)
    layer = layer_cost(region, Layer(width, hidden, Heads(heads, kv_heads, size)), ONE, 1024)
    last_addition = residual(region, ONE, width)  # that of the last layer comes with the norm behind it
    assert inside + last_addition.total == pytest.approx(layers * layer.total, rel=1e-9)


@given(keep=st.integers(0, 900), count=st.integers(1, 60), data=st.data())
def test_more_tokens_more_context_and_more_rows_take_no_less(
    small: Schedule, keep: int, count: int, data: st.DataObject
) -> None:
    rows = data.draw(st.integers(0, count - 1))
    taken = cycles(small.step(keep, count, rows))
    assert taken > 0
    assert cycles(small.step(keep + 60, count, rows)) >= taken
    assert cycles(small.step(keep, count + 1, rows)) >= taken
    assert cycles(small.step(keep, count, rows + 1)) >= taken


def test_tokens_together_take_less_than_one_after_another(small: Schedule) -> None:
    apart = sum(cycles(small.step(500 + number, 1, 1)) for number in range(8))
    assert cycles(small.step(500, 8, 8)) < apart


def test_the_search_finds_the_least_of_all_sizes(small: Schedule) -> None:
    best, side = token_cycles(small), small.region.side
    for other in (*range(max(30, side - 20), side + 20), 200, 400, 700):
        assert token_cycles(fastest(WSE3, small.model, side=other)) >= best
    assert token_cycles(fastest(WSE3, small.model, side=700)) > 1.5 * best, "larger squares hurt"


def test_a_large_model_takes_several_wafers_and_pays_for_the_ways(large: Schedule) -> None:
    assert large.demand.wafers > 1
    crossing = large.step(1023, 1, 1)["between wafers"].total
    assert crossing == pytest.approx((large.demand.wafers - 1) * WSE3.wafer_hop_us * 1e3 * WSE3.clock_ghz)
    assert {stage.cell.wafer for stage in large.placement.stages} == set(range(large.demand.wafers))


def test_what_does_not_fit_is_refused_with_the_numbers_and_what_would(large: Schedule) -> None:
    least = large.demand.wafers
    with pytest.raises(DoesNotFit, match=rf"65\.5 GB of fp16 weights.*not fit 1 wafer, so allow {least} or choose"):
        fastest(WSE3, large.model, wafers=1)
    assert fastest(WSE3, large.model, wafers=least).demand.wafers == least
    with pytest.raises(DoesNotFit, match=r"grid of 1200 x 1200 cores does not fit WSE-3"):
        fastest(WSE3, large.model, side=1200)
    with pytest.raises(DoesNotFit, match="no square of cores that was looked at holds its largest matrix"):
        fastest(WSE3, large.model, side=50)


def test_a_context_beyond_the_room_is_refused_with_the_longest_there_is() -> None:
    model = model_of("smollm2-135m", 4_000_000)
    with pytest.raises(DoesNotFit, match=r"on 1 wafer at most \d+ tokens fit, so give a shorter --context") as refused:
        fastest(WSE3, model, side=200, wafers=1)
    longest = int(str(refused.value).split("at most ")[1].split()[0])
    assert fastest(WSE3, replace(model, context_tokens=longest), side=200, wafers=1).demand.wafers == 1
    with pytest.raises(DoesNotFit):
        fastest(WSE3, replace(model, context_tokens=longest + 1), side=200, wafers=1)


@settings(max_examples=10)
@given(tokens=st.integers(1, 600))
def test_reading_in_chunks_is_never_slower_than_in_one_step(small: Schedule, tokens: int) -> None:
    at_once = cycles(small.step(0, tokens, 1))
    reading = prefill(small, tokens)
    assert 1 <= reading.chunk_tokens <= tokens
    assert reading.cycles <= 1.05 * at_once


def test_a_filled_wafer_gives_more_than_one_stream_and_no_more_than_its_slowest_square(small: Schedule) -> None:
    many, single = filled(small, 1), WSE3.clock_ghz * 1e9 / token_cycles(small)
    assert many.streams >= many.copies >= 1
    assert single * many.copies <= many.tokens_per_s <= single * many.copies * len(small.placement.stages)


@pytest.mark.parametrize(("name", "gain"), [("qwen2.5-coder-7b", 1.2), ("qwen2.5-coder-32b", 1.0)])
def test_squares_for_many_streams_give_more_than_those_for_one(name: str, gain: float) -> None:
    fast = fastest(WSE3, model_of(name))
    wafers, busy = fast.demand.wafers, busiest(fast)
    assert busy.demand.wafers <= wafers
    assert filled(busy, wafers).tokens_per_s >= gain * filled(fast, wafers).tokens_per_s
    assert token_cycles(busy) >= token_cycles(fast)
    assert all(stage.weight_bytes + stage.cache_bytes < WSE3.sram_bytes for stage in busy.placement.stages)


def test_an_unknown_operator_costs_at_least_what_any_known_one_does() -> None:
    region = make_region(WSE3, 60)
    known = workload_of("smollm2-135m", find_architecture("smollm2-135m"))
    for each in known.operations[:10]:
        elements = max(getattr(each, name, 0) for name in ("width", "inputs", "outputs"))
        if elements == 0:
            continue  # attention: its work is not in proportion to what goes in
        strange = Unknown(name="blk.0.x", operator="Bend", inputs=elements, outputs=elements, held=each.weights)
        (bound,) = costs_of(region, ONE, strange, 1024).values()
        assert bound.total >= sum(cost.total for cost in costs_of(region, ONE, each, 1024).values())


def test_an_unknown_operator_is_named_in_the_budget() -> None:
    known = workload_of("smollm2-135m", find_architecture("smollm2-135m"))
    strange = Unknown(name="blk.3.bent", operator="far.Bend", inputs=576, outputs=576, held=0)
    bent = Workload(
        name="bent",
        source="",
        context_tokens=1024,
        operations=(*known.operations[:40], strange, *known.operations[40:]),
    )
    budget = fastest(WSE3, Model(bent, 1024), side=121).step(1023, 1, 1)
    straight = fastest(WSE3, Model(known, 1024), side=121).step(1023, 1, 1)
    assert budget["far.Bend (bound)"].total > 0
    assert cycles(budget) == pytest.approx(cycles(straight) + budget["far.Bend (bound)"].total)
