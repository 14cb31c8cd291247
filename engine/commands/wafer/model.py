"""Which model a word on the command line means: a bundle on this machine, or a published shape.

Invariant: a bundle goes before a shape of the same name, since its graph is what would run. Only the graph's structure
is read; nothing is fetched and no hash is checked.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from engine.config import EngineConfig
from engine.errors import BundleError
from engine.models.bundle import GRAPH, MANIFEST, read_manifest
from hardware.wafer.architecture import find_architecture, shares_table, workload_of
from hardware.wafer.errors import UnusableModel

if TYPE_CHECKING:
    from hardware.wafer.workload import Workload


def find_workload(name: str) -> Workload:
    """Read the operations of a bundle in a folder, of one in the cache, or of a shape. Raises UnusableModel."""
    for root in (Path(name), EngineConfig().bundles / name):
        if name and (root / MANIFEST).is_file():
            return _read(root)
    return workload_of(name.lower(), find_architecture(name))


def _read(root: Path) -> Workload:
    from hardware.wafer.graph import read_graph  # noqa: PLC0415  loads onnx

    try:
        manifest = read_manifest(root)
    except BundleError as error:
        raise UnusableModel(str(error)) from error
    tied = shares_table(manifest.name)
    return read_graph(root / GRAPH, manifest.name, manifest.shape.context_tokens, tied=tied)
