"""A model as the hub's ONNX community lays it out: a graph in one of several precisions, its config, its tokenizer.

    FOLDER/
        config.json           layers, heads, vocabulary
        tokenizer.json
        onnx/model_q4.onnx    the graph; `model_q4.onnx_data` and the like beside it where weights are not inside

The graph may also lie beside the config, as Optimum writes it. Invariant: an export that is handed out names every file
that its graph would open, and these lie beside the graph, under plain names.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path, PurePath
from typing import TYPE_CHECKING, Annotated

import msgspec

from engine.errors import BundleError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from onnx import GraphProto, NodeProto, TensorProto

CONFIG, TOKENIZER, ONNX_FOLDER = "config.json", "tokenizer.json", "onnx"
GRAPHS = (
    "model_q4.onnx",
    "model_int8.onnx",
    "model_quantized.onnx",
    "model_uint8.onnx",
    "model_q4f16.onnx",
    "model_fp16.onnx",
    "model.onnx",
)
"""The fastest on a processor first; what is last takes the most memory."""

Count = Annotated[int, msgspec.Meta(ge=1, le=1 << 24)]


class Config(msgspec.Struct, frozen=True, kw_only=True):
    """What `config.json` says of the decoder; the rest of it is of no concern here."""

    model_type: str
    num_hidden_layers: Count
    num_attention_heads: Count
    hidden_size: Count
    vocab_size: Count
    max_position_embeddings: Count
    num_key_value_heads: Count | None = None
    head_dim: Count | None = None

    @property
    def kv_heads(self) -> int:
        """Heads that have keys and values of their own."""
        return self.num_key_value_heads or self.num_attention_heads

    @property
    def head_width(self) -> int:
        """Elements of a head."""
        return self.head_dim or self.hidden_size // self.num_attention_heads


@dataclass(frozen=True, slots=True)
class Export:
    """Where the parts lie; `data` are the files that the graph has its weights in, none if they are inside."""

    root: Path
    graph: Path
    data: tuple[Path, ...]
    config: Config

    @property
    def tokenizer(self) -> Path:
        """The tokenizer.json."""
        return self.root / TOKENIZER

    @property
    def files(self) -> tuple[Path, ...]:
        """Everything that makes the model what it is."""
        return (self.graph, *self.data, self.tokenizer, self.root / CONFIG)

    @property
    def size_bytes(self) -> int:
        """What the files take."""
        return sum(path.stat().st_size for path in self.files)


def is_export(root: Path) -> bool:
    """Tell whether a folder looks like one."""
    return (root / CONFIG).is_file() and bool(choose(_files(root)))


def choose(files: Iterable[str]) -> str:
    """Choose the graph among the files of a folder or repository, by their paths in it; "" where there is none."""
    there = set(files)
    places = [f"{folder}{name}" for name in GRAPHS for folder in (f"{ONNX_FOLDER}/", "")]
    return next((place for place in places if place in there), "")


def open_export(root: Path) -> Export:
    """Look through a folder. Raises BundleError where a part is missing or not what it should be."""
    if not is_export(root):
        raise BundleError(f"{root} has no {CONFIG} with {ONNX_FOLDER}/{GRAPHS[0]} or another graph: name its folder.")
    if not (root / TOKENIZER).is_file():
        raise BundleError(f"{root} has no {TOKENIZER}: put the model's own one there.")
    graph = root / choose(_files(root))
    return Export(root=root, graph=graph, data=tuple(_data(graph)), config=_config(root / CONFIG))


def _files(root: Path) -> Iterator[str]:
    for folder in (root / ONNX_FOLDER, root):
        if folder.is_dir():
            yield from (path.relative_to(root).as_posix() for path in folder.iterdir() if path.is_file())


def _config(path: Path) -> Config:
    try:
        return msgspec.json.decode(path.read_bytes(), type=Config)
    except (OSError, msgspec.MsgspecError) as error:
        raise BundleError(f"{path} does not describe a decoder ({error}): take the model's own one.") from error


def _data(graph: Path) -> Iterator[Path]:
    """Name the files that the graph's weights lie in. Raises BundleError unless all lie beside it."""
    import onnx  # noqa: PLC0415  slow to import, and only needed here
    from google.protobuf.message import DecodeError  # type: ignore[import-untyped]  # noqa: PLC0415

    try:
        model = onnx.load(graph, load_external_data=False)
    except (OSError, DecodeError) as error:
        raise BundleError(f"{graph} cannot be read as a graph ({error}): fetch it again.") from error
    tensors = [*_tensors(model.graph), *(each for f in model.functions for each in _inside(f.node))]
    external = (entry.value for each in tensors for entry in each.external_data if entry.key == "location")
    for name in sorted(set(external)):
        if PurePath(name).name != name or name in {"..", graph.name}:
            raise BundleError(f"{graph} has weights in {name!r}, which is no plain file name: take another export.")
        if not (graph.parent / name).is_file():
            raise BundleError(f"{graph} has weights in {name}, which is missing: put that file beside it.")
        yield graph.parent / name


def _tensors(graph: GraphProto) -> Iterator[TensorProto]:
    yield from graph.initializer
    yield from _inside(graph.node)


def _inside(nodes: Iterable[NodeProto]) -> Iterator[TensorProto]:
    """Give the tensors in nodes, those of branches and loops included."""
    for attribute in (attribute for node in nodes for attribute in node.attribute):
        yield from (attribute.t, *attribute.tensors)
        for graph in (attribute.g, *attribute.graphs):
            yield from _tensors(graph)
