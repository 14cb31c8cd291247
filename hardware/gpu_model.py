"""A model on a graphics card, or whatever else has memory of its own: weights, caches and logits stay there.

Invariant: a step moves the ids of its tokens there, and the likeliest token of each row with its probability back;
logits come only if they are asked for.

Launching a step's few hundred kernels one by one takes longer than they do, so those of short steps are recorded once
and launched together (CUDA graphs), for which shapes, addresses and everything on the host must be as they were: a step
is filled up to one of FORMS, has logits for every place, and says that the cache is full (`total_sequence_length`, on
the host, is only a bound; what counts is `seqlens_k`, on the device). What fills a step up stands behind its tokens,
which do not see it, and is overwritten by the next. Each cache has recordings of its own; what lies between the kernels
of one is in the session's memory, of which no buffer made here is a part. Longer steps, and those at the end of a
cache, are as long as they are and not recorded.
"""

# ONNX Runtime annotates some of its functions and not others.
# mypy: untyped-calls-exclude=onnxruntime

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cache as once
from itertools import count
from typing import TYPE_CHECKING

import numpy as np

from hardware.binding import BoundCache, BoundModel
from hardware.device import Likeliest, ModelRefused
from hardware.graph import pasts
from hardware.runtime import OrtValue, RunOptions
from hardware.stepping import Outcome

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    from hardware.copier import Copier
    from hardware.device import Logits, ModelSpec
    from hardware.runtime import InferenceSession

FORMS = (1, 4, 16)
"""Places of the steps that are recorded: a token, a short draft, the longest one."""
NOT_RECORDED = -1


@dataclass(slots=True)
class GpuCache(BoundCache):
    """Buffers on the device, and for each form the options that name its recording."""

    recordings: dict[int, RunOptions] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Layout:
    """Where a step of so many places and rows reads and writes, apart from the cache; all of it on the device."""

    ids: OrtValue
    indices: OrtValue
    logits: OrtValue
    likeliest: OrtValue
    log_probability: OrtValue


class GpuModel(BoundModel[GpuCache]):
    """A graph of float16 with its weights on the device whose memory goes by the name `memory`."""

    def __init__(
        self, session: InferenceSession, spec: ModelSpec, copier: Copier, *, memory: str, records: bool
    ) -> None:
        super().__init__(session, spec, GpuCache)
        self._copier = copier
        self._memory = memory
        self._numbers: Iterator[int] | None = count(1) if records else None
        self._steps = 0
        self._total = np.zeros((), np.int32)
        self._last = self._on_device(np.zeros(1, np.int32))
        self._forms = {places: self._lay_out(places, places) for places in FORMS}
        self._laid: Layout | None = None
        self._plainly = _options(NOT_RECORDED)
        self._binding.bind_cpu_input("total_sequence_length", self._total)
        self._binding.bind_ortvalue_input("seqlens_k", self._last)

    def _reserve(self, capacity: int, shape: tuple[int, ...]) -> GpuCache:
        try:
            buffers = {name: self._on_device(np.zeros(shape, np.float16)) for name in pasts(self.spec)}
        except RuntimeError as error:  # as ONNX Runtime says that the device's memory is full
            reason = str(error).splitlines()[0]
            raise ModelRefused(
                f"There is no memory for a cache of {capacity} tokens of {self.spec.name} ({reason}): "
                "close what else uses the device, or use --device cpu."
            ) from error
        recordings = {places: _options(next(self._numbers)) for places in FORMS} if self._numbers else {}
        return GpuCache(capacity, buffers, recordings=recordings)

    def _run(self, cache: GpuCache, keep: int, tokens: Sequence[int], rows: int) -> Outcome:
        length, room = len(tokens), cache.capacity - keep
        places = next((form for form in FORMS if length <= form <= room), 0)
        if places:
            layout, first = self._forms[places], length - rows
            options, total = cache.recordings.get(places, self._plainly), cache.capacity
        else:
            # No kernel is to be launched on nothing: one row is computed even if none is wanted.
            places, layout, first = length, self._lay_out(length, max(rows, 1)), 0
            options, total = self._plainly, keep + length
        self._lay(layout)
        layout.ids.update_inplace(np.array([[*tokens, *[tokens[-1]] * (places - length)]], np.int64))
        self._last.update_inplace(np.array([keep + places - 1], np.int32))
        self._total[()] = total
        self._session.run_with_iobinding(self._binding, options)
        return self._outcome(layout, slice(first, first + rows))

    def _outcome(self, layout: Layout, wanted: slice) -> Outcome:
        self._steps += 1
        step = self._steps

        @once
        def fetch() -> Logits:
            if step != self._steps:
                raise RuntimeError("the logits of this step were overwritten by the next one")
            logits: Logits = layout.logits.numpy()[wanted]
            return logits

        if wanted.start == wanted.stop:
            return Outcome(np.empty((0, self.spec.vocabulary), np.float32), ())
        tokens, logs = layout.likeliest.numpy()[wanted], layout.log_probability.numpy()[wanted]
        return Outcome(fetch, [Likeliest(int(token), float(log)) for token, log in zip(tokens, logs, strict=True)])

    def _copy(self, source: GpuCache, target: GpuCache, keep: int) -> None:
        self._copier.copy(source, target, keep)

    def _on_device(self, values: NDArray[np.float16] | NDArray[np.int32] | NDArray[np.int64]) -> OrtValue:
        return OrtValue.ortvalue_from_numpy(values, self._memory, 0)

    def _lay_out(self, places: int, rows: int) -> Layout:
        """Make room for steps of so many places that give logits for the last `rows` of them."""

        def reserve(shape: tuple[int, ...], kind: type[np.int64 | np.float32]) -> OrtValue:
            return OrtValue.ortvalue_from_shape_and_type(shape, kind, self._memory, 0)

        return Layout(
            ids=reserve((1, places), np.int64),
            indices=self._on_device(np.arange(places - rows, places, dtype=np.int64)),
            logits=reserve((rows, self.spec.vocabulary), np.float32),
            likeliest=reserve((rows,), np.int64),
            log_probability=reserve((rows,), np.float32),
        )

    def _lay(self, layout: Layout) -> None:
        """Have the next step read and write there; nothing to do when the one before did."""
        if self._laid is layout:
            return
        self._laid = layout
        self._binding.bind_ortvalue_input("input_ids", layout.ids)
        self._binding.bind_ortvalue_input("logit_indices", layout.indices)
        self._binding.bind_ortvalue_output("logits", layout.logits)
        self._binding.bind_ortvalue_output("likeliest", layout.likeliest)
        self._binding.bind_ortvalue_output("log_probability", layout.log_probability)


def _options(recording: int) -> RunOptions:
    """Run under this number: ONNX Runtime records its second or third step, and plays that back from then on."""
    options = RunOptions()
    options.add_run_config_entry("gpu_graph_id", str(recording))
    return options
