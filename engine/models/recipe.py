"""Where a bundle comes from: each recipe knows its name, whether a bundle is what it would make, and how to make it.

Invariant: a recipe writes only into the two folders it is given, and ends with a manifest of all that it wrote. Another
kind of source is another recipe, and nothing else: `prepare.py` knows no more of them than `Recipe` says.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Protocol

from engine.errors import BundleError
from engine.models.build import Named, write_export, write_gguf
from engine.models.community import open_export
from engine.models.digest import sha256_of
from engine.models.disk import require_room
from engine.models.fetch import fetch
from engine.models.quantize import FLOAT16, INT8

if TYPE_CHECKING:
    from pathlib import Path

    from engine.config import EngineConfig
    from engine.models.bundle import Manifest
    from engine.models.catalog import Entry
    from engine.models.community import Export
    from engine.models.export import Report
    from engine.models.quantize import Precision

UNSTATED = "not stated"


class Recipe(Protocol):
    """What `prepare.py` asks of a source."""

    @property
    def name(self) -> str:
        """The bundle's folder."""
        ...

    @property
    def bundle_bytes(self) -> int:
        """About what the bundle takes; 0 where that is not known yet."""
        ...

    @property
    def remedy(self) -> str:
        """What to do about a bundle that is damaged; "" for pulling it by its name."""
        ...

    def fits(self, manifest: Manifest) -> bool:
        """Tell whether this recipe would make that very bundle."""
        ...

    def write(self, downloads: Path, into: Path, config: EngineConfig, report: Report, /) -> None:
        """Write the bundle's files and manifest. Raises ModelError."""
        ...


@dataclass(frozen=True)
class FromCatalogue:
    """An entry's GGUF file, from wherever it can be had, as a graph of our own."""

    entry: Entry

    @property
    def name(self) -> str:
        """The entry's name."""
        return self.entry.name

    @property
    def bundle_bytes(self) -> int:
        """As the catalogue says."""
        return self.entry.bundle_bytes

    @property
    def remedy(self) -> str:
        """The usual."""
        return ""

    def fits(self, manifest: Manifest) -> bool:
        """Tell whether weights, precision and prompt are the entry's."""
        made = (manifest.source_sha256, manifest.precision, manifest.prompt)
        return made == (self.entry.sha256, self.entry.precision.name, self.entry.prompt)

    def write(self, downloads: Path, into: Path, config: EngineConfig, report: Report) -> None:
        """Fetch and export. Raises FetchError, GraphError and BundleError."""
        entry = self.entry
        gguf = fetch(entry, downloads, report, shelf=config.bundles, network=config.network)
        require_room(into, entry.bundle_bytes)
        named = (entry.name, entry.title, entry.licence, entry.file, entry.sha256)
        write_gguf(gguf, into, Named(*named), report, precision=entry.precision, prompt=entry.prompt)


@dataclass(frozen=True)
class FromGguf:
    """A user's own GGUF file of a llama or qwen2 model, as a graph of our own."""

    path: Path
    half: bool = False

    @cached_property
    def sha256(self) -> str:
        """The file's hash. Raises BundleError."""
        return _hash((self.path,))

    @property
    def name(self) -> str:
        """The file's name and the beginning of its hash."""
        return f"{_slug(self.path.stem)}-{self.sha256[:8]}{'-fp16' if self.half else ''}"

    @property
    def bundle_bytes(self) -> int:
        """At 4 bits a weight or more, twice the file is enough for 8, and four times for 16."""
        return self.path.stat().st_size * (4 if self.half else 2)

    @property
    def precision(self) -> Precision:
        """8-bit blocks, which lose least, or float16 for devices that want it."""
        return FLOAT16 if self.half else INT8

    @property
    def remedy(self) -> str:
        """See `make_again`."""
        return make_again(self.name)

    def fits(self, manifest: Manifest) -> bool:
        """Tell whether it was made from this very file."""
        return (manifest.source_sha256, manifest.precision) == (self.sha256, self.precision.name)

    def write(self, _downloads: Path, into: Path, _config: EngineConfig, report: Report) -> None:
        """Export, with the prompt format of the tokenizer's family. Raises GraphError and BundleError."""
        require_room(into, self.bundle_bytes)
        from engine.models.families import recognise  # noqa: PLC0415  loads tokenizers, which is only needed here
        from engine.models.gguf import Gguf  # noqa: PLC0415
        from engine.models.vocabulary import read_vocabulary  # noqa: PLC0415

        with Gguf(self.path) as file:
            title, licence = file.facts().name, str(file.metadata.get("general.license", UNSTATED))
        _, prompt = recognise(read_vocabulary(self.path))
        named = Named(self.name, title, licence, self.path.name, self.sha256)
        write_gguf(self.path, into, named, report, precision=self.precision, prompt=prompt)


@dataclass(frozen=True)
class FromExport:
    """A user's own folder in the layout of the hub's ONNX community; its graph is taken as it is."""

    root: Path

    @cached_property
    def export(self) -> Export:
        """Its parts. Raises BundleError."""
        return open_export(self.root)

    @cached_property
    def sha256(self) -> str:
        """The hash of all its files. Raises BundleError."""
        return _hash(self.export.files)

    @property
    def name(self) -> str:
        """The folder's name and the beginning of the hash."""
        return f"{_slug(self.root.name)}-{self.sha256[:8]}"

    @property
    def bundle_bytes(self) -> int:
        """As much as the files take."""
        return self.export.size_bytes

    @property
    def remedy(self) -> str:
        """See `make_again`."""
        return make_again(self.name)

    def fits(self, manifest: Manifest) -> bool:
        """Tell whether it was made from these very files."""
        return manifest.source_sha256 == self.sha256

    def write(self, _downloads: Path, into: Path, _config: EngineConfig, report: Report) -> None:
        """Copy what the folder holds. Raises BundleError."""
        require_room(into, self.bundle_bytes)
        named = Named(self.name, self.root.name, UNSTATED, self.export.graph.name, self.sha256)
        write_export(self.export, into, named, report)


def make_again(name: str) -> str:
    """Say what to do about a damaged bundle that no catalogue has."""
    return f"run `tandem models remove {name}` and use the model again, which makes it anew."


def _hash(paths: tuple[Path, ...]) -> str:
    """Hash one file, or several by their hashes. Raises BundleError."""
    try:
        digests = [sha256_of(path) for path in paths]
    except OSError as error:
        raise BundleError(f"{error.filename} cannot be read ({error.strerror}): mend it, or take another.") from error
    return digests[0] if len(digests) == 1 else hashlib.sha256("".join(digests).encode()).hexdigest()


def _slug(text: str) -> str:
    """Make a folder's name of a file's."""
    return re.sub(r"[^A-Za-z0-9._-]+", "-", text).strip(".-") or "model"
