"""What was measured on this machine, remembered from one start to the next, beside the bundles.

Invariant: a note counts only for what it was written about: this machine, this version of Tandem, this very bundle,
this device as it describes itself (card, runtime and its version). What cannot be read is nothing that was written, and
what cannot be written is measured again: neither is an error.
"""

from __future__ import annotations

import hashlib
import logging
import os
from importlib import metadata
from typing import TYPE_CHECKING, Final

import msgspec

from engine.choice.cost import Cost  # noqa: TC001 - msgspec reads the annotations at run time
from engine.models.bundle import MANIFEST
from hardware.probe import probe

if TYPE_CHECKING:
    from pathlib import Path

    from engine.config import EngineConfig
    from engine.models.bundle import Bundle
    from hardware.device import DeviceSpec

FILE: Final = "measured.json"

logger = logging.getLogger(__name__)


class Place(msgspec.Struct, frozen=True, kw_only=True):
    """What costs depend on besides model and device; another place, and nothing that was noted holds."""

    tandem: str
    processor: str
    features: tuple[str, ...]
    logical_cores: int
    physical_cores: int
    quota_cores: float | None
    memory_bytes: int


class Note(msgspec.Struct, frozen=True, kw_only=True):
    """What a bundle, told by the hash of its manifest, cost on a device of this name and description."""

    bundle: str
    device: str
    description: str
    cost: Cost


class _Pages(msgspec.Struct, frozen=True, kw_only=True):
    """The file."""

    place: Place
    bytes_per_s: float = 0.0
    notes: tuple[Note, ...] = ()


class Notebook:
    """The notes of one cache folder. Whoever writes last wins: at worst something is measured once more."""

    def __init__(self, config: EngineConfig, *, fresh: bool = False) -> None:
        self._path = config.bundles / FILE
        self._pages = _Pages(place=here()) if fresh else _read(self._path)

    @property
    def bytes_per_s(self) -> float:
        """How fast the processor reads memory; 0 before that was measured."""
        return self._pages.bytes_per_s

    def cost(self, root: Path, device: DeviceSpec) -> Cost | None:
        """Look up what the bundle in a folder costs on a device."""
        return next((note.cost for note in self.notes(root) if _is_of(note, device)), None)

    def notes(self, root: Path) -> list[Note]:
        """Look up what is noted of the bundle in a folder, on devices that may have gone."""
        bundle = _identity(root)
        return [note for note in self._pages.notes if note.bundle == bundle]

    def note(self, bundle: Bundle, device: DeviceSpec, cost: Cost) -> Cost:
        """Write down a cost, or what of an older one is better; gives what stands there now."""
        identity, older = _identity(bundle.root), self.cost(bundle.root, device)
        best = cost.best(older) if older else cost
        if best != older:
            kept = [each for each in self._pages.notes if (each.bundle, each.device) != (identity, device.name)]
            new = Note(bundle=identity, device=device.name, description=device.description, cost=best)
            self._write(msgspec.structs.replace(self._pages, notes=(*kept, new)))
        return best

    def note_bandwidth(self, bytes_per_s: float) -> None:
        """Write down how fast the processor reads memory."""
        self._write(msgspec.structs.replace(self._pages, bytes_per_s=bytes_per_s))

    def _write(self, pages: _Pages) -> None:
        self._pages = pages
        draft = self._path.with_name(f".{FILE}.{os.getpid()}")
        try:
            draft.parent.mkdir(parents=True, exist_ok=True)
            draft.write_bytes(msgspec.json.format(msgspec.json.encode(pages)))
            draft.replace(self._path)  # whole or not at all
        except OSError as error:
            logger.info("What was measured is not kept: %s", error)


def here() -> Place:
    """Describe this place."""
    machine = probe()
    return Place(
        tandem=_version(),
        processor=machine.processor,
        features=machine.features,
        logical_cores=machine.logical_cores,
        physical_cores=machine.physical_cores,
        quota_cores=machine.quota_cores,
        memory_bytes=machine.memory_bytes,
    )


def _version() -> str:
    """Tell Tandem's version; "" where it runs without having been installed."""
    try:
        return metadata.version("tandem-lsp")
    except metadata.PackageNotFoundError:
        return ""


def _read(path: Path) -> _Pages:
    """Read the file; nothing stands in one that is not there, is damaged or comes from another place."""
    place = here()
    try:
        pages = msgspec.json.decode(path.read_bytes(), type=_Pages)
    except (OSError, msgspec.DecodeError):  # a ValidationError is a DecodeError, too
        return _Pages(place=place)
    return pages if pages.place == place else _Pages(place=place)


def _identity(root: Path) -> str:
    """Tell a bundle by its manifest, which holds the hash of every other file; "" where there is none."""
    try:
        return hashlib.sha256((root / MANIFEST).read_bytes()).hexdigest()
    except OSError:
        return ""


def _is_of(note: Note, device: DeviceSpec) -> bool:
    return (note.device, note.description) == (device.name, device.description)
