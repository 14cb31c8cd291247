"""A decoder's layer, operator by operator: what a token costs, and what many at once cost.

Invariant: shapes are simulated as they are given, padded ones included; a layer makes the ten collectives of the
published decode kernel (norm, QKV, score, maximum, sum, mix, output, norm, gate and up, down).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from hardware.wafer import operators
from hardware.wafer.cost import Cost, Cycles, total
from hardware.wafer.errors import DoesNotFit
from hardware.wafer.operators import Heads
from hardware.wafer.region import require_bytes
from hardware.wafer.vector import ELEMENT_BYTES

if TYPE_CHECKING:
    from hardware.wafer.operators import Batch
    from hardware.wafer.region import Region


@dataclass(frozen=True, slots=True)
class Layer:
    """The shapes of one layer of a Llama-like decoder."""

    width: int
    hidden: int
    heads: Heads
    head_norm: bool = False
    """Queries and keys are normalised, as in Qwen3."""

    @property
    def queries(self) -> int:
        """Elements of all query heads together."""
        return self.heads.query * self.heads.size

    @property
    def keys(self) -> int:
        """Elements of all key heads together, as of all value heads."""
        return self.heads.key_value * self.heads.size


def make_layer(width: int, hidden: int, heads: int, kv_heads: int, head_size: int) -> Layer:
    """Give the shapes of a layer. Raises DoesNotFit unless the heads share keys and values evenly."""
    if heads % kv_heads:
        raise DoesNotFit(
            f"{heads} query heads cannot share {kv_heads} key and value heads evenly: choose a multiple of {kv_heads}."
        )
    return Layer(width, hidden, Heads(heads, kv_heads, head_size))


def layer_costs(region: Region, layer: Layer, batch: Batch, context: int) -> dict[str, Cost]:
    """Give the cost of each operator, in order, for `batch` with `context` positions in the cache, its own included."""
    width, heads = layer.width, layer.heads
    turning = operators.rotary(region, batch, layer.queries, layer.keys)
    if layer.head_norm:
        turning += operators.normalisation(region, batch, layer.queries, heads.query)
        turning += operators.normalisation(region, batch, layer.keys, heads.key_value)
    return {
        "attention norm": operators.normalisation(region, batch, width),
        "query, key, value": operators.projection(region, batch, width, layer.queries, layer.keys, layer.keys),
        "rotary": turning,
        "score": operators.score(region, batch, heads, context),
        "softmax": operators.softmax(region, batch, heads, context),
        "mix": operators.mix(region, batch, heads, context),
        "output": operators.projection(region, batch, layer.queries, width),
        "attention residual": operators.residual(region, batch, width),
        "feed-forward norm": operators.normalisation(region, batch, width),
        "gate, up": operators.projection(region, batch, width, layer.hidden, layer.hidden),
        "gating": operators.gating(region, batch, layer.hidden),
        "down": operators.projection(region, batch, layer.hidden, width),
        "feed-forward residual": operators.residual(region, batch, width),
    }


def layer_cost(region: Region, layer: Layer, batch: Batch, context: int) -> Cost:
    """Give the cost of a whole layer."""
    return total(*layer_costs(region, layer, batch, context).values())


def layer_bytes(region: Region, layer: Layer, context: int) -> int:
    """Bytes of a core's memory that one layer's weights and cache for `context` positions take."""
    share = region.share
    attention = share(layer.width) * (2 * share(layer.queries) + 2 * share(layer.keys))
    feed_forward = 3 * share(layer.width) * share(layer.hidden)
    cache = 2 * share(context) * share(layer.keys)
    return ELEMENT_BYTES * (attention + feed_forward + cache)


def require_room(region: Region, layer: Layer, context: int) -> None:
    """Raise DoesNotFit unless one layer and its cache fit the cores' memory beside the program."""
    hopeless = layer_bytes(region, layer, 0) > region.spec.sram_bytes - region.spec.code_bytes
    remedy = "choose a larger grid" if hopeless else "choose a larger grid or a shorter context"
    what = f"A layer with {context} positions in its cache"
    require_bytes(region, what, layer_bytes(region, layer, context), remedy)


def token_cycles(region: Region, layer: Layer, layers: int, context: int) -> Cycles:
    """Cycles of one token through all layers, as published figures count them: no embedding, no head, no hand-over."""
    return Cycles(layer_cost(region, layer, operators.ONE, context).total * layers)
