"""What the model says of a published row: the same quantity in the same unit, from the device's data alone.

Invariant: a prediction is a pure function of the device and the row's shape; no row has a factor of its own.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from hardware.wafer import operators
from hardware.wafer.cost import total
from hardware.wafer.decoder import Layer, layer_cost, layer_costs, token_cycles
from hardware.wafer.operators import ONE, Batch, Heads
from hardware.wafer.products import Tile, gemm, gemv
from hardware.wafer.region import make_region

if TYPE_CHECKING:
    from collections.abc import Callable

    from hardware.wafer.measurement import Measurement, Shape
    from hardware.wafer.spec import WaferSpec

LAB_SIDE = 256
QWEN3_4B = Layer(2560, 9728, Heads(32, 8, 128), head_norm=True)
QWEN3_1_7B = Layer(2048, 6144, Heads(16, 8, 128), head_norm=True)
QWEN3_LAYERS, QWEN3_STAGES, QWEN3_VOCABULARY = 28, 8, 151_936
ATTENTION_PARTS = 8
"""How many of a layer's operators, from its first, are the attention."""
LLAMA3_8B = Layer(4096, 14336, Heads(1, 1, 4096))
"""With the one head that the published kernels have."""
LLAMA3_8B_LAYERS = 32


def predict(spec: WaferSpec, row: Measurement) -> float:
    """Give our figure for what the row measured, in its unit."""
    return _KINDS[row.kind](spec, row.shape)


def _whole(shape: Shape, key: str) -> int:
    return cast("int", shape[key])


def _gemv(spec: WaferSpec, shape: Shape) -> float:
    elements = _whole(shape, "elements")
    return gemv(make_region(spec, _whole(shape, "grid"), _whole(shape, "groups")), elements, elements).total


def _gemm(spec: WaferSpec, shape: Shape) -> float:
    return gemm(make_region(spec, _whole(shape, "grid")), Tile(*cast("list[int]", shape["tile"]))).total


def _decode(spec: WaferSpec, shape: Shape) -> float:
    region = make_region(spec, _whole(shape, "grid"))
    return layer_cost(region, _one_headed(shape), ONE, _whole(shape, "context")).total


def _prefill(spec: WaferSpec, shape: Shape) -> float:
    region, batch = make_region(spec, _whole(shape, "grid")), Batch(_whole(shape, "tokens"), spread=True)
    return layer_cost(region, _one_headed(shape), batch, _whole(shape, "context")).total


def _one_headed(shape: Shape) -> Layer:
    """Give the layer of the published kernels, which have one head as wide as the layer."""
    dim = _whole(shape, "dim")
    return Layer(dim, _whole(shape, "ffn"), Heads(1, 1, dim))


def _part(spec: WaferSpec, shape: Shape) -> float:
    costs = layer_costs(make_region(spec, LAB_SIDE), QWEN3_4B, ONE, _whole(shape, "context"))
    parts = list(costs.values())
    match shape["part"]:
        case "attention":
            return total(*parts[:ATTENTION_PARTS]).total
        case "feed-forward":
            return total(*parts[ATTENTION_PARTS:]).total
        case part:
            return costs[str(part)].total


def _token(spec: WaferSpec, shape: Shape) -> float:
    """Cost all layers, the regions that hand over to each other, the embedding and the head."""
    region, width = make_region(spec, LAB_SIDE), QWEN3_1_7B.width
    outside = total(
        operators.embedding(region, ONE, width),
        operators.hand_over(region, ONE, width).repeated(QWEN3_STAGES - 1),
        operators.head(region, ONE, width, QWEN3_VOCABULARY),
    )
    return token_cycles(region, QWEN3_1_7B, QWEN3_LAYERS, _whole(shape, "context")) + outside.total


def _request(spec: WaferSpec, shape: Shape) -> float:
    """Give tokens a second over prompt and answer, the cache being half filled with the answer on average."""
    read, written = _whole(shape, "read"), _whole(shape, "written")
    prompt, answer = make_region(spec, 720), make_region(spec, 420)
    reading = layer_cost(prompt, LLAMA3_8B, Batch(read, spread=True), read).total * LLAMA3_8B_LAYERS
    writing = token_cycles(answer, LLAMA3_8B, LLAMA3_8B_LAYERS, read + written // 2) * written
    return written / spec.seconds(reading + writing).seconds


def _energy(spec: WaferSpec, shape: Shape) -> float:
    return spec.power_w * spec.seconds(_decode(spec, shape) * _whole(shape, "layers")).seconds


def _constant(spec: WaferSpec, shape: Shape) -> float:
    return cast("float", getattr(spec, str(shape["constant"])))


_KINDS: dict[str, Callable[[WaferSpec, Shape], float]] = {
    "gemv": _gemv,
    "gemm": _gemm,
    "decode": _decode,
    "prefill": _prefill,
    "part": _part,
    "token": _token,
    "request": _request,
    "energy": _energy,
    "constant": _constant,
}
