"""A model whose graph gives back longer caches, as Optimum exports them and the hub's ONNX community publishes them.

Invariant: whether such a graph wants positions, and in which precision it keeps keys and values, is read from the graph
itself; what is handed out takes and gives what a step needs, or was refused.

    inputs   input_ids                      int64 [batch, T]
             attention_mask                 int64 [batch, past + T]
             position_ids                   int64 [batch, T], in most
             past_key_values.{i}.key|value  [batch, kv_heads, past, head_dim], float32 or float16
    outputs  logits                         [batch, T, vocabulary], float32 or float16
             present.{i}.key|value          [batch, kv_heads, past + T, head_dim]

(https://github.com/huggingface/optimum-onnx, its configurations of decoders.) Every step copies its caches, and
computes logits for all of its tokens: this works, and it is slower than a graph of our own from the same weights.
Cached and uncached steps give the same logits but for rounding.
"""

# ONNX Runtime annotates some of its functions and not others.
# mypy: untyped-calls-exclude=onnxruntime

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

import numpy as np

from hardware.device import ModelRefused
from hardware.graph import FLOAT, HALF, INT64, pasts, present
from hardware.stepping import Outcome, SteppedModel

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from hardware.device import ModelSpec
    from hardware.runtime import InferenceSession

    Kept = NDArray[np.float32 | np.float16]

IDS, MASK, POSITIONS, LOGITS = "input_ids", "attention_mask", "position_ids", "logits"
_KINDS: dict[str, type[np.float32 | np.float16]] = {FLOAT: np.float32, HALF: np.float16}


@dataclass(slots=True)
class GrownCache:
    """Keys and values [1, kv_heads, tokens, head_dim] by the graph's names, as the last step gave them."""

    capacity: int
    arrays: dict[str, Kept]
    filled: int = 0

    @property
    def nbytes(self) -> int:
        """Memory held, in bytes; it grows with what the cache holds."""
        return sum(array.nbytes for array in self.arrays.values())


class GrownModel(SteppedModel[GrownCache]):
    """A graph with its weights. Raises ModelRefused for one that is laid out otherwise."""

    def __init__(self, session: InferenceSession, spec: ModelSpec) -> None:
        super().__init__(spec, GrownCache)
        self._session = session
        self._kind = _check(session, spec)
        self._positions = POSITIONS in {value.name for value in session.get_inputs()}
        self._pasts = pasts(spec)
        self._outputs = [LOGITS, *map(present, self._pasts)]

    def close(self) -> None:
        """Release the weights; caches are the caller's to drop."""
        del self._session

    def _reserve(self, capacity: int, shape: tuple[int, ...]) -> GrownCache:
        empty = (*shape[:2], 0, *shape[3:])
        return GrownCache(capacity, {name: np.zeros(empty, self._kind) for name in self._pasts})

    def _compute(self, cache: GrownCache, keep: int, tokens: Sequence[int], rows: int) -> Outcome:
        total = keep + len(tokens)
        feeds: dict[str, NDArray[np.int64] | Kept] = {
            IDS: np.array([tokens], np.int64),
            MASK: np.ones((1, total), np.int64),
            **self._kept(cache, keep),
        }
        if self._positions:
            feeds[POSITIONS] = np.arange(keep, total, dtype=np.int64)[None]
        logits, *grown = cast("list[Kept]", self._session.run(self._outputs, feeds))
        cache.arrays = dict(zip(self._pasts, grown, strict=True))
        return Outcome(logits[0, len(tokens) - rows :].astype(np.float32, copy=False))

    def _copy(self, source: GrownCache, target: GrownCache, keep: int) -> None:
        # A step replaces what a cache holds and never writes into it, so two caches may hold the same.
        target.arrays = self._kept(source, keep)

    def _kept(self, cache: GrownCache, keep: int) -> dict[str, Kept]:
        return {name: np.ascontiguousarray(array[:, :, :keep]) for name, array in cache.arrays.items()}


def _check(session: InferenceSession, model: ModelSpec) -> type[np.float32 | np.float16]:
    """Give the type of the caches. Raises ModelRefused unless the graph takes and gives what a step has."""
    inputs, outputs = (
        {value.name: value for value in values} for values in (session.get_inputs(), session.get_outputs())
    )
    caches = pasts(model)
    missing = [name for name in (IDS, MASK, *caches) if name not in inputs]
    missing += [name for name in (LOGITS, *map(present, caches)) if name not in outputs]
    if missing:
        raise _refusal(model, f"it has no {missing[0]}")
    strange = sorted(inputs.keys() - {IDS, MASK, POSITIONS, *caches})
    if strange:
        raise _refusal(model, f"it wants {strange[0]}, which nobody gives")
    if any(inputs[name].type != INT64 for name in (IDS, MASK, POSITIONS) if name in inputs):
        raise _refusal(model, "its tokens are not int64")
    kinds = {inputs[name].type for name in caches}
    kind = _KINDS.get(kinds.pop()) if len(kinds) == 1 else None
    if kind is None or outputs[LOGITS].type not in _KINDS:
        raise _refusal(model, "its caches or logits are neither float32 nor float16")
    if any((inputs[name].shape[1], inputs[name].shape[3]) != (model.kv_heads, model.head_dim) for name in caches):
        raise _refusal(model, f"its caches are not [batch, {model.kv_heads}, past, {model.head_dim}]")
    if outputs[LOGITS].shape[-1] not in {model.vocabulary, *_names(outputs[LOGITS].shape)}:
        raise _refusal(model, f"it gives no logits for {model.vocabulary:,} tokens")
    return kind


def _names(shape: Sequence[int | str | None]) -> set[int | str | None]:
    """Give the dimensions of a shape that the graph leaves open."""
    return {each for each in shape if not isinstance(each, int)}


def _refusal(model: ModelSpec, why: str) -> ModelRefused:
    return ModelRefused(
        f"{model.graph} is no decoder with past keys and values as Optimum exports it ({why}): "
        "take another export, made for the task text-generation-with-past."
    )
