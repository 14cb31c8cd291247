"""From a model's name to a bundle that can be opened, made on first use.

    <cache>/NAME/                  a bundle, moved into place whole
    <cache>/FILE.gguf              weights that a user put there by hand; used where they lie, never deleted
    <cache>/.work/NAME.lock        held by the one process that makes or removes NAME
    <cache>/.work/NAME/download/   what was fetched so far; survives interruptions
    <cache>/.work/NAME/build/      the bundle being made; swept by whoever holds the lock next

Invariant: whatever happens when, SIGKILL included, `<cache>/NAME` is a whole bundle or is not there. Everything else is
touched only under the lock, which the system takes from the dead, so leftovers need no owner.
"""

from __future__ import annotations

import shutil
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from filelock import FileLock, Timeout

from engine.errors import BundleError
from engine.messages import Loading
from engine.models import bundle
from engine.models.bundle import Bundle, OutdatedBundle
from engine.models.catalog import BUNDLES, find
from engine.models.community import is_export
from engine.models.disk import disk_errors, require_folder
from engine.models.recipe import FromCatalogue, FromExport, FromGguf
from engine.models.repository import PREFIX, FromRepository

if TYPE_CHECKING:
    from collections.abc import Iterator

    from engine.config import EngineConfig
    from engine.models.catalog import Entry
    from engine.models.export import Report
    from engine.models.recipe import Recipe

OWN_FOLDER = "mend that folder, or choose another model with --model."
"""What to do about a bundle that nobody but the user can make anew."""

State = Literal["ready", "outdated", "damaged", "absent"]


def prepare(model: str, config: EngineConfig, report: Report, *, repair: bool = False, half: bool = False) -> Bundle:
    """Give the bundle of whatever `model` names, making it if need be.

    That is a catalogue name, a bundle's folder, a folder in the layout of the hub's ONNX community, a GGUF file, or
    `hf:OWNER/NAME`. `half` takes it in float16, where its weights are ours to round. Raises UnknownModel, and what
    `prepare_recipe` raises.
    """
    path = Path(model)
    if all(model != entry.name for entry in BUNDLES) and model:
        if model.startswith(PREFIX):
            return prepare_recipe(FromRepository(model.removeprefix(PREFIX)), config, report, repair=repair)
        if path.suffix.lower() == ".gguf" and path.is_file():
            return prepare_recipe(FromGguf(path.resolve(), half), config, report, repair=repair)
        if path.is_dir() and not (path / bundle.MANIFEST).exists() and is_export(path):
            return prepare_recipe(FromExport(path.resolve()), config, report, repair=repair)
        if path.is_dir():
            return bundle.load(path.resolve(), report, remedy=OWN_FOLDER)
    entry = find(model)
    return prepare_entry(entry.in_half if half else entry, config, report, repair=repair)


def prepare_entry(entry: Entry, config: EngineConfig, report: Report, *, repair: bool = False) -> Bundle:
    """Give the entry's bundle, making it if need be; see `prepare_recipe`."""
    return prepare_recipe(FromCatalogue(entry), config, report, repair=repair)


def prepare_recipe(recipe: Recipe, config: EngineConfig, report: Report, *, repair: bool = False) -> Bundle:
    """Give the recipe's bundle, making it if need be.

    A bundle that an older Tandem made is made anew; one that is damaged only with `repair`. Stages reported: wait (for
    another process that is at it), download, verify, export. Raises FetchError, GraphError or BundleError.
    """
    require_folder(config.bundles)
    ready = _ready(recipe, config, report, repair=repair)
    if ready is None:
        with _alone(recipe.name, recipe.bundle_bytes, config, report) as work:
            # Whoever held the lock before may have made it.
            return _ready(recipe, config, report, repair=repair) or _make(recipe, config, work, report)
    _sweep(recipe, config)
    return ready


def remove(name: str, config: EngineConfig, report: Report) -> bool:
    """Delete the bundle of that name and whatever was fetched for it; False when there was none. Raises FetchError."""
    with _alone(name, 0, config, report) as work:
        target = config.bundles / name
        found = target.exists() or any(work.iterdir())
        if target.exists():
            target.replace(work / "old")
        shutil.rmtree(work)
    return found


def brought(config: EngineConfig) -> list[str]:
    """Name the bundles that are here and in no catalogue: what came from the hub, or was the user's own."""
    known = {entry.name for entry in BUNDLES}
    return sorted(
        path.parent.name for path in config.bundles.glob(f"*/{bundle.MANIFEST}") if path.parent.name not in known
    )


def state(entry: Entry, config: EngineConfig) -> State:
    """How the entry's bundle looks without reading its weights."""
    root = config.bundles / entry.name
    try:
        if not root.exists():
            return "absent"
        manifest = bundle.read_manifest(root)
    except OutdatedBundle:
        return "outdated"
    except BundleError:
        return "damaged"
    except OSError:  # nothing can be under such a name
        return "absent"
    return "ready" if FromCatalogue(entry).fits(manifest) else "outdated"


def _ready(recipe: Recipe, config: EngineConfig, report: Report, *, repair: bool) -> Bundle | None:
    root = config.bundles / recipe.name
    if not root.exists():
        return None
    try:
        found = bundle.load(root, report, remedy=recipe.remedy)
    except OutdatedBundle:
        return None
    except BundleError:
        if repair:
            return None
        raise
    return found if recipe.fits(found.manifest) else None


@contextmanager
def _alone(name: str, bundle_bytes: int, config: EngineConfig, report: Report) -> Iterator[Path]:
    """Hold the lock of a bundle's name; gives its working folder, cleared of what dead builds left."""
    with disk_errors(config.bundles, bundle_bytes):
        work = _work(name, config)
        work.parent.mkdir(parents=True, exist_ok=True)
        lock = FileLock(f"{work}.lock")
        try:
            lock.acquire(timeout=0)
        except Timeout:
            report(Loading(stage="wait"))
            lock.acquire()
        try:
            work.mkdir(exist_ok=True)
            for leftover in (work / "build", work / "old"):
                if leftover.exists():
                    shutil.rmtree(leftover)
            yield work
        finally:
            lock.release()


def _sweep(recipe: Recipe, config: EngineConfig) -> None:
    """Remove what a build left that died after its bundle was in place, unless a living one is at work there."""
    work = _work(recipe.name, config)
    if work.exists():
        # Where that cannot be done now, the bundle is still good: whoever comes next will sweep.
        with suppress(Timeout, OSError), FileLock(f"{work}.lock", timeout=0):
            shutil.rmtree(work)


def _work(name: str, config: EngineConfig) -> Path:
    return config.bundles / ".work" / name


def _make(recipe: Recipe, config: EngineConfig, work: Path, report: Report) -> Bundle:
    build, target = work / "build", config.bundles / recipe.name
    build.mkdir()
    recipe.write(work / "download", build, config, report)
    made = bundle.load(build, report)
    if target.exists():
        target.replace(work / "old")
    build.replace(target)
    shutil.rmtree(work)
    return Bundle(root=target, manifest=made.manifest)
