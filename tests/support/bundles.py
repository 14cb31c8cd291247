"""The real models for tests: fetched once, the way a user's are, and kept in the user's cache between runs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from filelock import FileLock

from engine.config import EngineConfig, default_cache_dir
from engine.models.catalog import QWEN, SMOLLM
from engine.models.fetch import fetch
from engine.models.prepare import prepare_entry

if TYPE_CHECKING:
    from pathlib import Path

    from engine.models.bundle import Bundle
    from engine.models.catalog import Entry
    from engine.models.export import Report


def weights(entry: Entry, report: Report = lambda _: None) -> Path:
    """Give the entry's GGUF file, where a user would put it by hand: bundles are then made from it too."""
    shelf = default_cache_dir()
    folder = shelf / ".tests" / entry.name
    folder.mkdir(parents=True, exist_ok=True)
    with FileLock(shelf / ".tests" / f"{entry.name}.lock"):
        path = fetch(entry, folder, report, shelf=shelf)
        return path if path.parent == shelf else path.replace(shelf / entry.file)


def ready_bundle(entry: Entry, report: Report = lambda _: None) -> Bundle:
    """Give the entry's bundle, the very one that `tandem` uses."""
    return prepare_entry(entry, EngineConfig(), report)


# Weights before bundles: a bundle made without them at hand would fetch them for itself, and not keep them.
PREPARATIONS = {
    "qwen_gguf": (weights, QWEN),
    "smollm_gguf": (weights, SMOLLM),
    "qwen_bundle": (ready_bundle, QWEN),
    "smollm_bundle": (ready_bundle, SMOLLM),
}
"""What fixtures give of the real models, and what it takes."""
