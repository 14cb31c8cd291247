"""A model's bundle: a folder that holds the graph, its weights, the tokenizer, and `bundle.toml` with the hash of each.

    NAME/
        bundle.toml        what the model is, how it is prompted, size and sha256 of the other files
        model.onnx         the graph
        model.onnx.data    its weights; those of a graph from elsewhere are where it says, in it or beside it
        tokenizer.json

Invariant: `load` hands out a bundle only after every file's size and hash were found to be those in `bundle.toml`.
Nothing in a bundle is executed, and nothing that `bundle.toml` does not list by a plain name is ever opened.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from pathlib import Path, PurePath
from typing import TYPE_CHECKING, Annotated

import msgspec

from engine.errors import BundleError
from engine.messages import Loading
from engine.models import toml
from engine.models.digest import sha256_of
from engine.prompt import PromptFormat  # noqa: TC001  msgspec reads it when it decodes a Manifest
from hardware.device import GraphLayout, ModelSpec

if TYPE_CHECKING:
    from collections.abc import Callable

    from engine.models.export import Report

FORMAT = 1  # raise it whenever bundles written before would no longer do, a change of the graph included
MANIFEST = "bundle.toml"
GRAPH = "model.onnx"
TOKENIZER = "tokenizer.json"
FILES = (GRAPH, "model.onnx.data", TOKENIZER)
"""What a graph of our own comes in; another may have its weights in itself, or in files of other names."""


Count = Annotated[int, msgspec.Meta(ge=1, le=1 << 24)]


class OutdatedBundle(BundleError):
    """The bundle was made by an older Tandem; it can be made anew."""


class BundleFile(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One file of a bundle, as it must be."""

    size_bytes: int
    sha256: str


class Shape(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a device must know of the graph."""

    layers: Count
    kv_heads: Count
    head_dim: Count
    vocabulary: Count
    context_tokens: Annotated[int, msgspec.Meta(ge=64, le=1 << 24)]


class Manifest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What `bundle.toml` says.

    `source` is the GGUF file that the bundle was made from; `stop_tokens` are the ids of `prompt.stops`, for a device
    that wants to know of them: decoding ends at every special token. `layout` is the graph's.
    """

    format: int
    name: str
    title: str
    licence: str
    source: str
    source_sha256: str
    architecture: str
    precision: str
    stop_tokens: tuple[int, ...]
    shape: Shape
    prompt: PromptFormat
    files: dict[str, BundleFile]
    layout: GraphLayout = "appended"

    @property
    def size_bytes(self) -> int:
        """What the listed files take."""
        return sum(file.size_bytes for file in self.files.values())


class _Header(msgspec.Struct, frozen=True):
    """All that is read of a manifest before it is known that the rest can be understood."""

    format: int


@dataclass(frozen=True, slots=True)
class Bundle:
    """A bundle whose files were verified."""

    root: Path
    manifest: Manifest

    @property
    def spec(self) -> ModelSpec:
        """The model as a device opens it."""
        shape = self.manifest.shape
        return ModelSpec(
            name=self.manifest.name,
            graph=self.root / GRAPH,
            layers=shape.layers,
            kv_heads=shape.kv_heads,
            head_dim=shape.head_dim,
            vocabulary=shape.vocabulary,
            context=shape.context_tokens,
            stop_tokens=self.manifest.stop_tokens,
            layout=self.manifest.layout,
        )

    @property
    def tokenizer_path(self) -> Path:
        """The file for `tokenizers`."""
        return self.root / TOKENIZER

    @property
    def prompt(self) -> PromptFormat:
        """How the model wants to be asked."""
        return self.manifest.prompt


def load(root: Path, report: Report = lambda _: None, *, remedy: str = "") -> Bundle:
    """Verify the bundle in that folder, reporting as stage "verify".

    Raises BundleError, which ends in what to do: in `remedy`, or else in fetching the model of the folder's name.
    """
    remedy = remedy or _anew(root)
    manifest = read_manifest(root, remedy=remedy)
    for name, file in manifest.files.items():
        path = root / name
        if not path.is_file():
            raise _damaged(root, f"{name} is missing", remedy)
        if path.stat().st_size != file.size_bytes:
            raise _damaged(root, f"{name} has {path.stat().st_size:,} bytes instead of {file.size_bytes:,}", remedy)
    done = 0

    def progress(have: int) -> None:
        report(Loading(stage="verify", done=done + have, total=manifest.size_bytes, unit="bytes"))

    for name, file in manifest.files.items():
        if _hash(root, name, progress, remedy) != file.sha256:
            raise _damaged(root, f"{name} was altered (wrong sha256)", remedy)
        done += file.size_bytes
    return Bundle(root=root, manifest=manifest)


def read_manifest(root: Path, *, remedy: str = "") -> Manifest:
    """Read `bundle.toml` alone. Raises BundleError when there is none or it cannot be understood."""
    remedy = remedy or _anew(root)
    if (root / MANIFEST).exists() and not (root / MANIFEST).is_file():
        raise _damaged(root, f"{MANIFEST} is no file", remedy)
    try:
        table = tomllib.loads((root / MANIFEST).read_text("utf-8"))
        found = msgspec.convert(table, _Header).format
        if found != FORMAT:
            kind, age = (OutdatedBundle, "an older") if found < FORMAT else (BundleError, "a newer")
            raise kind(f"{root} was made by {age} Tandem: {remedy}")
        manifest = msgspec.convert(table, Manifest)
    except OSError as error:
        raise BundleError(f"{root} is no bundle ({MANIFEST}: {error.strerror}): {remedy}") from error
    except (ValueError, msgspec.ValidationError) as error:
        raise _damaged(root, f"{MANIFEST} cannot be read: {error}", remedy) from error
    needed = FILES if manifest.layout == "appended" else (GRAPH, TOKENIZER)
    for name in manifest.files.keys() | set(needed):
        if name not in manifest.files:
            raise _damaged(root, f"{MANIFEST} does not list {name}", remedy)
        if PurePath(name).name != name or name in {"..", MANIFEST}:
            raise _damaged(root, f"{MANIFEST} lists {name!r}, which is no plain file name", remedy)
    if any(not 0 <= token < manifest.shape.vocabulary for token in manifest.stop_tokens):
        raise _damaged(root, f"{MANIFEST} names a stop token outside of the vocabulary", remedy)
    return manifest


def list_files(root: Path) -> dict[str, BundleFile]:
    """Measure and hash the files that make a bundle: all that stand in the folder now. Raises OSError."""
    names = sorted(path.name for path in root.iterdir() if path.name != MANIFEST)
    return {name: BundleFile(size_bytes=(root / name).stat().st_size, sha256=sha256_of(root / name)) for name in names}


def write_manifest(root: Path, manifest: Manifest) -> None:
    """Write `bundle.toml`. Raises OSError."""
    (root / MANIFEST).write_text(toml.encode(msgspec.to_builtins(manifest)), "utf-8")


def _hash(root: Path, name: str, progress: Callable[[int], None], remedy: str) -> str:
    try:
        return sha256_of(root / name, progress)
    except OSError as error:
        raise _damaged(root, f"{name} cannot be read: {error.strerror}", remedy) from error


def _damaged(root: Path, what: str, remedy: str) -> BundleError:
    return BundleError(f"The model in {root} is damaged ({what}): {remedy}")


def _anew(root: Path) -> str:
    return f"run `tandem models pull {root.name}` to make it anew."
