"""From the configuration to a core that can complete: device, model, tokenizer.

Invariant: a model that was asked for by name is opened, or it is said why not; only `auto` may end up with the small
model instead of the default, or on the processor instead of the device that is faster, and then the note says so and
why. What opening measures is noted, and where a note tells
the outcome nothing is opened for it; both are judged in engine/choice alone.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from engine.choice.cost import measure
from engine.choice.judge import lack_of_memory, lack_of_speed, room_bytes
from engine.choice.notebook import Notebook
from engine.core import Core
from engine.errors import Crowded, FetchError, UnknownModel
from engine.messages import Loading, Ready
from engine.models.catalog import DEFAULT, SMALL, find
from engine.models.prepare import prepare, prepare_entry, state
from engine.prompt import NULL_FORMAT
from engine.tokenizer import Tokenizer, byte_tokenizer
from hardware.device import DeviceError
from hardware.null import NULL_MODEL
from hardware.registry import open_device

if TYPE_CHECKING:
    from engine.choice.cost import Cost, Measured
    from engine.choice.notebook import Note
    from engine.config import EngineConfig
    from engine.models.bundle import Bundle
    from engine.models.catalog import Entry
    from engine.models.export import Report
    from engine.prompt import PromptFormat
    from hardware.device import Device, Model, ModelSpec

AUTO: Final = "auto"
NULL: Final = "null"


@dataclass(frozen=True, slots=True)
class _Opened:
    """A model ready to step and what it takes to speak with it; what opening measured; a note for the user.

    `cost` is the best that is known of it, of earlier starts too.
    """

    model: Model
    device: Device
    tokenizer: Tokenizer
    prompt: PromptFormat
    measured: Measured
    cost: Cost
    note: str = ""


def open_core(config: EngineConfig, report: Report) -> tuple[Core, Ready]:
    """Open what the configuration names, reporting how far it is. Raises ModelError and DeviceError."""
    opened = _Loader(config, report).open()
    spec, device, measured = opened.model.spec, opened.device.spec, opened.measured
    context_tokens = min(config.context_tokens, spec.context)
    core = Core(
        opened.model,
        opened.tokenizer,
        opened.prompt,
        context_tokens=context_tokens,
        caches=config.caches,
        pace=measured.pace,
    )
    ready = Ready(
        model=spec.name,
        device=device.name,
        threads=device.threads,
        context=context_tokens,
        step_ms=measured.step_ms,
        simulated_step_ms=measured.simulated.milliseconds if measured.simulated else None,
        note=opened.note,
    )
    return core, ready


class _Loader:
    """Opens what one configuration names."""

    def __init__(self, config: EngineConfig, report: Report) -> None:
        self._config = config
        self._report = report
        self._notebook = Notebook(config)

    def open(self) -> _Opened:
        """Open the model on the device. Raises ModelError and DeviceError."""
        config = self._config
        device = open_device(config.device, config.threads)  # before anything is fetched for it
        if device.spec.name == NULL:
            return _open(None, NULL_MODEL, device)
        faster = self._faster(device, DEFAULT.name if config.model == AUTO else config.model)
        try:
            return self._open_on(faster)
        except DeviceError as error:
            if faster is device:
                raise
            reason = f"{device.spec.name} is used: {error}"
        # Outside of the handler, which would keep what the other device holds.
        opened = self._open_on(device)
        return replace(opened, note="; ".join(filter(None, (reason, opened.note))))

    def _open_on(self, device: Device) -> _Opened:
        if self._config.model == AUTO:
            return self._open_auto(device)
        bundle = prepare(self._config.model, self._config, self._report, half=device.spec.half)
        return self._open_bundle(bundle, device)

    def _open_auto(self, device: Device) -> _Opened:
        """Open the default model, or the small one where memory, speed or the network rule the default out."""
        default = _for(device, DEFAULT)
        lack = lack_of_memory(default.name, default.bundle_bytes, room_bytes(device.spec))
        if lack and self._config.beside:
            raise Crowded(lack)
        if lack:
            return self._open_small(self._small(device), device, lack)
        noted = self._notebook.cost(self._config.bundles / default.name, device.spec)
        if noted and (slow := lack_of_speed(default.name, noted)):
            with suppress(FetchError):  # it is still better than nothing
                small = self._small(device)
                return self._open_small(small, device, f"{slow}; `tandem devices --fresh` measures that anew")
        try:
            bundle = self._prepare(default)
        except FetchError as error:
            if state(_for(device, SMALL), self._config) != "ready":
                raise
            return self._open_small(self._small(device), device, str(error))
        return self._unless_slow(self._open_bundle(bundle, device))

    def _unless_slow(self, opened: _Opened) -> _Opened:
        """Open the small model in place of one that has turned out to be too slow."""
        slow = lack_of_speed(opened.model.spec.name, opened.cost)
        if not slow:
            return opened
        try:
            small = self._small(opened.device)
        except FetchError as error:
            return replace(opened, note=f"Suggestions will be slow: {slow}, and {error}")
        opened.model.close()
        return self._open_small(small, opened.device, slow)

    def _small(self, device: Device) -> Bundle:
        return self._prepare(_for(device, SMALL))

    def _open_small(self, bundle: Bundle, device: Device, why: str) -> _Opened:
        return replace(self._open_bundle(bundle, device), note=f"{bundle.manifest.name} is used: {why}")

    def _open_bundle(self, bundle: Bundle, device: Device) -> _Opened:
        """Open a bundle and note what it takes."""
        if self._config.beside:
            lack = lack_of_memory(bundle.manifest.name, bundle.manifest.size_bytes, room_bytes(device.spec))
            if lack:
                raise Crowded(lack)
        self._report(Loading(stage="load"))
        opened = _open(bundle, bundle.spec, device)
        if self._config.threads:  # what that takes says nothing about other starts
            return opened
        return replace(opened, cost=self._notebook.note(bundle, device.spec, opened.measured.cost))

    def _prepare(self, entry: Entry) -> Bundle:
        return prepare_entry(entry, self._config, self._report)

    def _faster(self, device: Device, model: str) -> Device:
        """Give the device that `auto` has been noted to be fastest on with a model, in place of the one it begins with.

        What was not measured is not tried out on somebody who waits for suggestions; `tandem devices` measures.
        """
        if self._config.device != AUTO:
            return device
        for note in sorted(self._notes(model), key=lambda note: note.cost.request_ms):
            if note.device == device.spec.name:
                break
            with suppress(DeviceError):  # a note may be of a device that has gone, or that there never was
                faster = open_device(note.device, self._config.threads)
                if faster.spec.description == note.description:
                    return faster
        return device

    def _notes(self, model: str) -> list[Note]:
        """Look up what is known of a catalogue's model, whichever its bundle, on real devices."""
        with suppress(UnknownModel):
            entry = find(model)
            ready = [each for each in (entry, entry.in_half) if state(each, self._config) == "ready"]
            notes = [note for each in ready for note in self._notebook.notes(self._config.bundles / each.name)]
            return [note for note in notes if not note.cost.simulated]
        return []


def _for(device: Device, entry: Entry) -> Entry:
    return entry.in_half if device.spec.half else entry


def _open(bundle: Bundle | None, spec: ModelSpec, device: Device) -> _Opened:
    """Load the model and, beside it, what it takes to speak with it; both are large."""
    with ThreadPoolExecutor(1) as beside:
        opening = beside.submit(device.open, spec)  # first: it lets go of the interpreter, reading a tokenizer does not
        tokenizer, prompt = _language(bundle)
    model = opening.result()
    measured = measure(model, device.spec)
    return _Opened(model, device, tokenizer, prompt, measured, measured.cost)


def _language(bundle: Bundle | None) -> tuple[Tokenizer, PromptFormat]:
    if bundle is None:
        return byte_tokenizer(), NULL_FORMAT
    return Tokenizer.load(bundle.tokenizer_path), bundle.prompt
