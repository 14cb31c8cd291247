"""Every model that is here on every device that is here: measured, or known from before.

Invariant: nothing is fetched or made, and one model is open at a time.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import msgspec

from engine.choice.cost import Cost, measure
from engine.choice.judge import Offer, lack_of_memory, room_bytes
from engine.errors import ModelError
from engine.models import bundle
from engine.models.catalog import CATALOGUE
from engine.models.prepare import state
from engine.pace import SMALLEST_CHUNK_TOKENS
from hardware.device import DeviceError
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
AWAITS: Final = {
    "absent": "it is not here yet, and is fetched when it is first needed",
    "outdated": "it was made by an older Tandem, and is made anew when it is first needed",
}
UNMEASURED: Final = "null"
"""The device that has no models."""


class Pair(msgspec.Struct, frozen=True, kw_only=True):
    """A model on a device; `cost` is None where `reason` says why it is not known.

    `awaits` is what has to come first, where nothing but that speaks against opening it; `by_name` is of a model that
    nobody gets who did not ask for it.
    """

    model: str
    device: str
    bundle_bytes: int
    room_bytes: int
    cost: Cost | None = None
    reason: str = ""
    awaits: str = ""
    by_name: bool = False

    @property
    def offer(self) -> Offer:
        """Give it as something to choose."""
        return Offer(self.model, self.device, self.cost, self.bundle_bytes, self.room_bytes, self.awaits)


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
        """Look a pair up or measure it; a device may want another bundle of the model. One that fails says why."""
        room, name = room_bytes(device.spec), device.spec.name
        size = entry.bundle_bytes
        pair = Pair(model=model, device=name, bundle_bytes=size, room_bytes=room, by_name=entry.by_name)
        try:
            found = state(entry, self._config)
            if found == "ready":
                return self._cost(pair, entry, device)
            remedy = f"{entry.name} is {found}: run `tandem models pull {entry.name}`."
            return msgspec.structs.replace(pair, reason=remedy, awaits=AWAITS.get(found, ""))
        except (ModelError, DeviceError) as error:
            return msgspec.structs.replace(pair, reason=str(error))
        except Exception as error:  # noqa: BLE001 - ONNX Runtime's errors have no base of their own
            said = (str(error).splitlines() or [""])[0]
            return msgspec.structs.replace(pair, reason=f"It cannot be measured ({type(error).__name__}: {said}).")

    def _cost(self, pair: Pair, entry: Entry, device: Device) -> Pair:
        """Tell what a bundle that is there costs on a device, or why that is not known. Raises what measuring does."""
        root = self._config.bundles / entry.name
        pair = msgspec.structs.replace(pair, bundle_bytes=bundle.read_manifest(root).size_bytes)
        noted = self._notebook.cost(root, device.spec)
        if noted and (noted.chunk_tokens > SMALLEST_CHUNK_TOKENS or not self._measures):
            return msgspec.structs.replace(pair, cost=noted)
        if lack := lack_of_memory(entry.name, pair.bundle_bytes, pair.room_bytes):
            return msgspec.structs.replace(pair, reason=lack)
        if not self._measures:
            reason = "It was not measured yet: run `tandem devices`."
            return msgspec.structs.replace(pair, reason=reason, awaits="it is measured when it is first opened")
        self._say(f"measuring {entry.name} on {device.spec.name}")
        return msgspec.structs.replace(pair, cost=self._measure(entry, device))

    def _measure(self, entry: Entry, device: Device) -> Cost:
        """Open, measure and close a model. Raises ModelError and DeviceError."""
        sound = bundle.load(self._config.bundles / entry.name)
        model = device.open(sound.spec)
        try:
            first, second = (measure(model, device.spec, PROMPT_TOKENS).cost for _ in range(2))
        finally:
            model.close()
        return self._notebook.note(sound, device.spec, first.best(second))
