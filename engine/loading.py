"""From the configuration to a core that can complete: device, model, tokenizer.

Invariant: a model that was asked for by name is opened, or it is said why not; only `auto` may end up with the small
model instead of the default, and then the note says so and why. Nothing is remembered from one start to the next.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from statistics import median
from typing import TYPE_CHECKING, Final

from engine.core import Core
from engine.errors import FetchError
from engine.messages import Loading, Ready
from engine.models.catalog import DEFAULT, SMALL
from engine.models.disk import megabytes
from engine.models.prepare import prepare, prepare_entry, state
from engine.prompt import NULL_FORMAT
from engine.tokenizer import Tokenizer, byte_tokenizer
from hardware.null import NULL_MODEL
from hardware.probe import probe
from hardware.registry import open_device

if TYPE_CHECKING:
    from engine.config import EngineConfig
    from engine.models.bundle import Bundle
    from engine.models.export import Report
    from engine.prompt import PromptFormat
    from hardware.device import Device, Model

AUTO: Final = "auto"
NULL: Final = "null"
SLOWEST_STEP_MS: Final = 150.0
"""With a costlier token the default model is no pair: four words would take a second."""
MEMORY_PER_WEIGHT_BYTE: Final = 2
"""Weights are copied once into the order in which they are multiplied, and caches and logits take room too."""
WARM_UP_STEPS: Final = 3
MEASURED_STEPS: Final = 7


@dataclass(frozen=True, slots=True)
class _Opened:
    """A model ready to step, with what it takes to speak with it."""

    model: Model
    tokenizer: Tokenizer
    prompt: PromptFormat
    step_ms: float
    note: str = ""


def open_core(config: EngineConfig, report: Report) -> tuple[Core, Ready]:
    """Open what the configuration names, reporting how far it is. Raises ModelError and DeviceError."""
    device = open_device(config.device, config.threads)
    if device.spec.name == NULL:
        opened = _opened(device.open(NULL_MODEL), byte_tokenizer(), NULL_FORMAT)
    elif config.model == AUTO:
        opened = _open_auto(config, device, report)
    else:
        opened = _open(prepare(config.model, config, report), device, report)
    context_tokens = min(config.context_tokens, opened.model.spec.context)
    core = Core(opened.model, opened.tokenizer, opened.prompt, context_tokens=context_tokens, caches=config.caches)
    ready = Ready(
        model=opened.model.spec.name,
        device=device.spec.name,
        threads=device.spec.threads,
        context=context_tokens,
        step_ms=opened.step_ms,
        note=opened.note,
    )
    return core, ready


def _open_auto(config: EngineConfig, device: Device, report: Report) -> _Opened:
    """Open the default model, or the small one where memory, speed or the network rule the default out."""
    needed_bytes, available_bytes = DEFAULT.bundle_bytes * MEMORY_PER_WEIGHT_BYTE, probe().available_bytes
    if available_bytes < needed_bytes:
        why = f"{DEFAULT.name} needs {megabytes(needed_bytes)} of memory and {megabytes(available_bytes)} are free"
        return _open_small(prepare_entry(SMALL, config, report), device, report, why)
    try:
        bundle = prepare_entry(DEFAULT, config, report)
    except FetchError as error:
        if state(SMALL, config) != "ready":
            raise
        return _open_small(prepare_entry(SMALL, config, report), device, report, str(error))
    opened = _open(bundle, device, report)
    if opened.step_ms <= SLOWEST_STEP_MS:
        return opened
    why = f"a token of {DEFAULT.name} takes {opened.step_ms:.0f} ms on this machine"
    try:
        small = prepare_entry(SMALL, config, report)
    except FetchError as error:
        return replace(opened, note=f"Suggestions will be slow: {why}, and {error}")
    opened.model.close()
    return _open_small(small, device, report, why)


def _open_small(bundle: Bundle, device: Device, report: Report, why: str) -> _Opened:
    return replace(_open(bundle, device, report), note=f"{bundle.manifest.name} is used: {why}")


def _open(bundle: Bundle, device: Device, report: Report) -> _Opened:
    report(Loading(stage="load"))
    return _opened(device.open(bundle.spec), Tokenizer.load(bundle.tokenizer_path), bundle.prompt)


def _opened(model: Model, tokenizer: Tokenizer, prompt: PromptFormat) -> _Opened:
    return _Opened(model, tokenizer, prompt, step_ms=_step_ms(model))


def _step_ms(model: Model) -> float:
    """Measure what one more token costs, in wall milliseconds; the first steps warm up."""
    cache = model.new_cache(WARM_UP_STEPS + MEASURED_STEPS)
    walls_s = [model.step(cache, length, [0], 1).timing.wall for length in range(cache.capacity)]
    return median(walls_s[WARM_UP_STEPS:]) * 1000
