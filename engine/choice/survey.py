"""Every model that is here on every device that is here: measured, or known from before.

Invariant: nothing is fetched or made, and one model is open at a time.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import msgspec

from engine.choice.cost import Cost, measure
from engine.choice.judge import Offer, lack_of_memory
from engine.errors import ModelError
from engine.models import bundle
from engine.models.catalog import CATALOGUE
from engine.models.prepare import state
from engine.pace import SMALLEST_CHUNK_TOKENS
from hardware.device import DeviceError
from hardware.probe import probe
from hardware.registry import open_device

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from engine.choice.notebook import Notebook
    from engine.config import EngineConfig
    from engine.models.catalog import Entry
    from hardware.device import Device
    from hardware.registry import KnownDevice

PROMPT_TOKENS: Final = 128
"""A chunk that tells how fast a prompt is read: as long as graphics cards take to be worth their while."""
UNMEASURED: Final = "null"
"""The device that has no models."""


class Pair(msgspec.Struct, frozen=True, kw_only=True):
    """A model on a device; `cost` is None where `reason` says why it is not known. `by_name`: it is never offered."""

    model: str
    device: str
    bundle_bytes: int = 0
    by_name: bool = False
    cost: Cost | None = None
    reason: str = ""

    @property
    def offers(self) -> Iterator[Offer]:
        """Give it as something to choose, if it is."""
        if self.cost is not None and not self.by_name:
            yield Offer(self.model, self.device, self.cost, self.bundle_bytes)


class Survey:
    """Looks at pairs, and tells `say` of each that it measures."""

    def __init__(
        self, config: EngineConfig, notebook: Notebook, say: Callable[[str], None], *, measures: bool = True
    ) -> None:
        self._config = config
        self._notebook = notebook
        self._say = say
        self._measures = measures

    def pairs(self, devices: Sequence[KnownDevice]) -> Iterator[Pair]:
        """Give every pair, the best models first."""
        opened = [open_device(known.name) for known in devices if known.available and known.name != UNMEASURED]
        for entry in CATALOGUE:
            for device in opened:
                yield self._pair(entry.in_half if device.spec.half else entry, entry.name, device)

    def _pair(self, entry: Entry, model: str, device: Device) -> Pair:
        """Look a pair up or measure it; a device may want another bundle of the model."""
        found = state(entry, self._config)
        if found != "ready":
            return Pair(
                model=model,
                device=device.spec.name,
                by_name=entry.by_name,
                reason=f"{entry.name} is {found}: run `tandem models pull {entry.name}`.",
            )
        root = self._config.bundles / entry.name
        size_bytes = bundle.read_manifest(root).size_bytes
        pair = Pair(model=model, device=device.spec.name, bundle_bytes=size_bytes, by_name=entry.by_name)
        noted = self._notebook.cost(root, device.spec)
        if noted and (noted.chunk_tokens > SMALLEST_CHUNK_TOKENS or not self._measures):
            return msgspec.structs.replace(pair, cost=noted)
        lack = lack_of_memory(entry.name, size_bytes, probe().available_bytes)
        if lack or not self._measures:
            return msgspec.structs.replace(pair, reason=lack or "It was not measured yet: run `tandem devices`.")
        self._say(f"measuring {entry.name} on {device.spec.name}")
        try:
            return msgspec.structs.replace(pair, cost=self._measure(entry, device))
        except (ModelError, DeviceError) as error:
            return msgspec.structs.replace(pair, reason=str(error))

    def _measure(self, entry: Entry, device: Device) -> Cost:
        """Open, measure and close a model. Raises ModelError and DeviceError."""
        sound = bundle.load(self._config.bundles / entry.name)
        model = device.open(sound.spec)
        try:
            first, second = (measure(model, device.spec.threads, PROMPT_TOKENS).cost for _ in range(2))
        finally:
            model.close()
        return self._notebook.note(sound, device.spec, first.best(second))
