"""A GGUF file as facts, metadata and exactly dequantised float32 tensors.

Invariant: nothing of the tensors is in memory before it is asked for, and then only the rows asked for. The header is
read here rather than by `gguf.GGUFReader`, which takes ten seconds for a vocabulary of 150,000 tokens where this takes
a third of one; the values of the tensors are `gguf`'s. Format: https://github.com/ggml-org/ggml/blob/master/docs/gguf.md
"""

from __future__ import annotations

import math
import mmap
import struct
from dataclasses import dataclass
from typing import TYPE_CHECKING, Self, TypeVar

import msgspec
import numpy as np
from gguf.constants import GGML_QUANT_SIZES, GGMLQuantizationType, GGUFValueType
from gguf.quants import dequantize

from engine.errors import GraphError

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

Value = int | float | bool | str | list[int] | list[float] | list[bool] | list[str]
T = TypeVar("T", int, float, str)

MAGIC = b"GGUF"
VERSIONS = (2, 3)
DEFAULT_ALIGNMENT = 32
ARCHITECTURES = ("llama", "qwen2")

_SCALARS: dict[GGUFValueType, struct.Struct] = {
    GGUFValueType.UINT8: struct.Struct("<B"),
    GGUFValueType.INT8: struct.Struct("<b"),
    GGUFValueType.UINT16: struct.Struct("<H"),
    GGUFValueType.INT16: struct.Struct("<h"),
    GGUFValueType.UINT32: struct.Struct("<I"),
    GGUFValueType.INT32: struct.Struct("<i"),
    GGUFValueType.FLOAT32: struct.Struct("<f"),
    GGUFValueType.BOOL: struct.Struct("<?"),
    GGUFValueType.UINT64: struct.Struct("<Q"),
    GGUFValueType.INT64: struct.Struct("<q"),
    GGUFValueType.FLOAT64: struct.Struct("<d"),
}


class Facts(msgspec.Struct, frozen=True, kw_only=True):
    """What a decoder-only transformer is made of. Positions are divided by `rope_factor` before they turn anything."""

    architecture: str
    name: str
    layers: int
    width: int
    feed_forward: int
    heads: int
    kv_heads: int
    head_dim: int
    vocabulary: int
    context: int
    rope_theta: float
    norm_epsilon: float
    rope_factor: float = 1.0


@dataclass(frozen=True, slots=True)
class Tensor:
    """Where a tensor lies: `shape` is (rows, ..., columns), `offset` counts bytes from the start of the file."""

    kind: GGMLQuantizationType
    shape: tuple[int, ...]
    offset: int

    @property
    def row_bytes(self) -> int:
        """Bytes of one row as stored."""
        weights, size = GGML_QUANT_SIZES[self.kind]
        return self.shape[-1] // weights * size

    @property
    def rows(self) -> int:
        """Rows in all; a vector is one row."""
        return math.prod(self.shape[:-1])


class Gguf:
    """An open GGUF file; a context manager. Raises GraphError where the file is not what it should be."""

    def __init__(self, path: Path) -> None:
        self._path = path
        try:
            with path.open("rb") as file:
                self._bytes = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
        except (OSError, ValueError) as error:
            raise GraphError(f"{path} cannot be read ({error}); fetch the model again.") from error
        header = _Header(self._bytes)
        try:
            self.metadata, self.tensors = header.read()
        except (struct.error, ValueError, KeyError) as error:
            self._bytes.close()
            raise GraphError(f"{path} is not a complete GGUF file ({error}); fetch the model again.") from error

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._bytes.close()

    def value(self, key: str, kind: type[T]) -> T:
        """Give the metadata under `key`. Raises GraphError when it is absent or of another kind."""
        value = self.metadata.get(key)
        if not isinstance(value, kind):
            raise GraphError(f"{self._path} has no usable {key!r}; use a GGUF file of a llama or qwen2 model.")
        return value

    def values(self, key: str, kind: type[T]) -> list[T]:
        """Give the metadata list under `key`. Raises GraphError when it is absent or of another kind."""
        value = self.metadata.get(key)
        if not isinstance(value, list) or not all(isinstance(item, kind) for item in value):
            raise GraphError(f"{self._path} has no usable list {key!r}; use a GGUF file of a llama or qwen2 model.")
        return [item for item in value if isinstance(item, kind)]

    def place(self, name: str) -> Tensor:
        """Where a tensor lies and how it is stored. Raises GraphError when there is none of that name."""
        if name not in self.tensors:
            raise GraphError(f"{self._path} has no tensor {name!r}; use a GGUF file of a llama or qwen2 model.")
        return self.tensors[name]

    def tensor(self, name: str, start: int = 0, stop: int | None = None) -> NDArray[np.float32]:
        """Dequantise rows `start` to `stop` of a tensor, exactly. Raises GraphError when it is missing or cut short."""
        place = self.place(name)
        stop = place.rows if stop is None else min(stop, place.rows)
        begin, end = (place.offset + row * place.row_bytes for row in (start, stop))
        if end > len(self._bytes):
            raise GraphError(f"{self._path} ends inside tensor {name!r}; fetch the model again.")
        raw = np.frombuffer(self._bytes[begin:end], np.uint8).reshape(stop - start, place.row_bytes)
        try:
            values = dequantize(raw, place.kind)
        except NotImplementedError as error:
            raise GraphError(f"{self._path} stores {name!r} as {place.kind.name}, which cannot be read.") from error
        return values.reshape((stop - start, *place.shape[1:]) if len(place.shape) > 1 else place.shape)

    def facts(self) -> Facts:
        """Give the model's dimensions. Raises GraphError for an architecture that cannot be exported."""
        arch = self.value("general.architecture", str)
        if arch not in ARCHITECTURES:
            raise GraphError(f"{self._path} is of architecture {arch!r}; supported are {' and '.join(ARCHITECTURES)}.")
        heads = self.value(f"{arch}.attention.head_count", int)
        width = self.value(f"{arch}.embedding_length", int)
        head_dim = self.metadata.get(f"{arch}.attention.key_length", width // heads)
        kv_heads = self.metadata.get(f"{arch}.attention.head_count_kv", heads)
        theta = self.metadata.get(f"{arch}.rope.freq_base", 10_000.0)
        if not isinstance(head_dim, int) or not isinstance(kv_heads, int) or not isinstance(theta, float):
            raise GraphError(f"{self._path} has attention dimensions per layer, which cannot be exported.")
        return Facts(
            architecture=arch,
            name=str(self.metadata.get("general.name", arch)),
            layers=self.value(f"{arch}.block_count", int),
            width=width,
            feed_forward=self.value(f"{arch}.feed_forward_length", int),
            heads=heads,
            kv_heads=kv_heads,
            head_dim=head_dim,
            vocabulary=self.place("token_embd.weight").rows,
            context=self.value(f"{arch}.context_length", int),
            rope_theta=theta,
            norm_epsilon=self.value(f"{arch}.attention.layer_norm_rms_epsilon", float),
            rope_factor=self._rope_factor(arch, head_dim),
        )

    def _rope_factor(self, arch: str, head_dim: int) -> float:
        """Tell how positions are scaled. Raises GraphError where they are otherwise than by a factor."""
        turned = self.metadata.get(f"{arch}.rope.dimension_count", head_dim)
        scaling = self.metadata.get(f"{arch}.rope.scaling.type", "none")
        if turned != head_dim or scaling not in {"none", "linear"}:
            raise GraphError(f"{self._path} turns positions in a way that cannot be exported; use another model.")
        return self.value(f"{arch}.rope.scaling.factor", float) if scaling == "linear" else 1.0


class _Header:
    """Reads the header from front to back."""

    def __init__(self, data: mmap.mmap) -> None:
        self._data = data
        self._at = 0

    def read(self) -> tuple[dict[str, Value], dict[str, Tensor]]:
        if self._take(4) != MAGIC or self._scalar(GGUFValueType.UINT32) not in VERSIONS:
            raise ValueError(f"it does not begin with GGUF, version {' or '.join(map(str, VERSIONS))}")
        tensors, entries = self._count(), self._count()
        metadata = {self._text(): self._value(GGUFValueType(self._count(GGUFValueType.UINT32))) for _ in range(entries)}
        places = [self._place() for _ in range(tensors)]
        alignment = metadata.get("general.alignment", DEFAULT_ALIGNMENT)
        if not isinstance(alignment, int):
            raise TypeError("its alignment is not a number")
        base = -(-self._at // alignment) * alignment
        return metadata, {name: Tensor(kind, shape, base + offset) for name, kind, shape, offset in places}

    def _take(self, size: int) -> bytes:
        end = self._at + size
        if end > len(self._data):
            raise ValueError("it ends inside its header")
        taken = self._data[self._at : end]
        self._at = end
        return taken

    def _scalar(self, kind: GGUFValueType) -> int | float | bool:
        layout = _SCALARS[kind]
        value: int | float | bool = layout.unpack(self._take(layout.size))[0]
        return value

    def _count(self, kind: GGUFValueType = GGUFValueType.UINT64) -> int:
        return int(self._scalar(kind))

    def _text(self) -> str:
        return self._take(self._count()).decode()

    def _value(self, kind: GGUFValueType) -> Value:
        if kind is GGUFValueType.STRING:
            return self._text()
        if kind is not GGUFValueType.ARRAY:
            return self._scalar(kind)
        item = GGUFValueType(self._count(GGUFValueType.UINT32))
        count = self._count()
        if item is GGUFValueType.STRING:
            return [self._text() for _ in range(count)]
        layout = _SCALARS[item]
        return [value for (value,) in layout.iter_unpack(self._take(layout.size * count))]

    def _place(self) -> tuple[str, GGMLQuantizationType, tuple[int, ...], int]:
        name = self._text()
        shape = tuple(self._count() for _ in range(self._count(GGUFValueType.UINT32)))[::-1]
        return name, GGMLQuantizationType(self._count(GGUFValueType.UINT32)), shape, self._count()


def read_facts(gguf: Path) -> Facts:
    """Give the dimensions of the model in a GGUF file. Raises GraphError."""
    with Gguf(gguf) as file:
        return file.facts()
