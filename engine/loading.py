"""From the configuration to a core that can complete: device, model, tokenizer.

Invariant: a model that was asked for by name is opened, or it is said why not; only `auto` may end up with the small
model instead of the default, and then the note says so and why. Nothing is remembered from one start to the next.
"""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from statistics import median
from typing import TYPE_CHECKING, Final

from engine.core import Core
from engine.errors import FetchError
from engine.messages import Loading, Ready
from engine.models.catalog import DEFAULT, SMALL
from engine.models.disk import megabytes
from engine.models.prepare import prepare, prepare_entry, state
from engine.pace import SMALLEST_CHUNK_TOKENS, Pace
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
    from hardware.device import Device, Model, ModelSpec, SimulatedSeconds

AUTO: Final = "auto"
NULL: Final = "null"
SLOWEST_STEP_MS: Final = 150.0
"""With a costlier token the default model is no pair: six of them would take a second."""
MEMORY_PER_WEIGHT_BYTE: Final = 2
"""Weights are copied once into the order in which they are multiplied, and caches and logits take room too."""
WARM_UP_STEPS: Final = 2
MEASURED_STEPS: Final = 5


@dataclass(frozen=True, slots=True)
class _Cost:
    """What one more token takes on the wall, what it would take if nothing else were running, and what was learnt.

    `simulated` is the same token's time on the device's own clock, where it simulates one.
    """

    step_ms: float
    alone_ms: float
    simulated: SimulatedSeconds | None
    pace: Pace


@dataclass(frozen=True, slots=True)
class _Opened:
    """A model ready to step, what it takes to speak with it, and a note for the user."""

    model: Model
    tokenizer: Tokenizer
    prompt: PromptFormat
    cost: _Cost
    note: str = ""


def open_core(config: EngineConfig, report: Report) -> tuple[Core, Ready]:
    """Open what the configuration names, reporting how far it is. Raises ModelError and DeviceError."""
    device = open_device(config.device, config.threads)
    if device.spec.name == NULL:
        opened = _open(None, NULL_MODEL, device)
    elif config.model == AUTO:
        opened = _open_auto(config, device, report)
    else:
        opened = _open_bundle(prepare(config.model, config, report, half=device.spec.half), device, report)
    context_tokens = min(config.context_tokens, opened.model.spec.context)
    core = Core(
        opened.model,
        opened.tokenizer,
        opened.prompt,
        context_tokens=context_tokens,
        caches=config.caches,
        pace=opened.cost.pace,
    )
    ready = Ready(
        model=opened.model.spec.name,
        device=device.spec.name,
        threads=device.spec.threads,
        context=context_tokens,
        step_ms=opened.cost.step_ms,
        simulated_step_ms=simulated.milliseconds if (simulated := opened.cost.simulated) else None,
        note=opened.note,
    )
    return core, ready


def _open_auto(config: EngineConfig, device: Device, report: Report) -> _Opened:
    """Open the default model, or the small one where memory, speed or the network rule the default out."""
    default, small_entry = (entry.in_half if device.spec.half else entry for entry in (DEFAULT, SMALL))
    needed_bytes, available_bytes = default.bundle_bytes * MEMORY_PER_WEIGHT_BYTE, probe().available_bytes
    if available_bytes < needed_bytes:
        why = f"{default.name} needs {megabytes(needed_bytes)} of memory and {megabytes(available_bytes)} are free"
        return _open_small(prepare_entry(small_entry, config, report), device, report, why)
    try:
        bundle = prepare_entry(default, config, report)
    except FetchError as error:
        if state(small_entry, config) != "ready":
            raise
        return _open_small(prepare_entry(small_entry, config, report), device, report, str(error))
    opened = _open_bundle(bundle, device, report)
    if opened.cost.alone_ms <= SLOWEST_STEP_MS:
        return opened
    why = f"a token of {default.name} takes {opened.cost.alone_ms:.0f} ms on this machine"
    try:
        small = prepare_entry(small_entry, config, report)
    except FetchError as error:
        return replace(opened, note=f"Suggestions will be slow: {why}, and {error}")
    opened.model.close()
    return _open_small(small, device, report, why)


def _open_small(bundle: Bundle, device: Device, report: Report, why: str) -> _Opened:
    return replace(_open_bundle(bundle, device, report), note=f"{bundle.manifest.name} is used: {why}")


def _open_bundle(bundle: Bundle, device: Device, report: Report) -> _Opened:
    report(Loading(stage="load"))
    return _open(bundle, bundle.spec, device)


def _open(bundle: Bundle | None, spec: ModelSpec, device: Device) -> _Opened:
    """Load the model and, beside it, what it takes to speak with it; both are large."""
    with ThreadPoolExecutor(1) as beside:
        opening = beside.submit(device.open, spec)  # first: it lets go of the interpreter, reading a tokenizer does not
        tokenizer, prompt = _language(bundle)
    model = opening.result()
    return _Opened(model, tokenizer, prompt, _measure(model, device.spec.threads))


def _language(bundle: Bundle | None) -> tuple[Tokenizer, PromptFormat]:
    if bundle is None:
        return byte_tokenizer(), NULL_FORMAT
    return Tokenizer.load(bundle.tokenizer_path), bundle.prompt


def _measure(model: Model, threads: int) -> _Cost:
    """Measure a token and a chunk; the first steps warm up.

    Editors start everything at once. So the choice between models goes by processor time, which stays the same however
    many other programs want the processor too.
    """
    steps, pace = WARM_UP_STEPS + MEASURED_STEPS, Pace()
    cache = model.new_cache(steps + SMALLEST_CHUNK_TOKENS)
    walls_ms, alone_ms = [], []
    for length in range(steps):
        started_s = time.process_time()
        timing = model.step(cache, length, [0], 1).timing
        wall_s = timing.wall
        walls_ms.append(wall_s * 1000)
        alone_ms.append(min(wall_s, (time.process_time() - started_s) / threads) * 1000)
        if length >= WARM_UP_STEPS:
            pace.learn(1, 1, wall_s)
    chunk = model.step(cache, steps, [0] * SMALLEST_CHUNK_TOKENS, 0)
    pace.learn(SMALLEST_CHUNK_TOKENS, 0, chunk.timing.wall)
    measured = slice(WARM_UP_STEPS, None)
    return _Cost(median(walls_ms[measured]), median(alone_ms[measured]), timing.simulated, pace)
