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
from engine.models.bundle import Bundle, Manifest, OutdatedBundle, Shape
from engine.models.catalog import BUNDLES, find
from engine.models.disk import disk_errors, require_folder, require_room
from engine.models.fetch import fetch

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tokenizers import Tokenizer

    from engine.config import EngineConfig
    from engine.models.catalog import Entry
    from engine.models.export import Report

OWN_FOLDER = "mend that folder, or choose another model with --model."
"""What to do about a bundle that nobody but the user can make anew."""

State = Literal["ready", "outdated", "damaged", "absent"]


def prepare(model: str, config: EngineConfig, report: Report, *, repair: bool = False, half: bool = False) -> Bundle:
    """Give the bundle of a catalogue name, making it if need be, or load the one in a folder.

    `half` takes the named model in float16; a folder's bundle is what it is. Raises UnknownModel, and what
    `prepare_entry` raises.
    """
    if model and Path(model).is_dir() and all(model != entry.name for entry in BUNDLES):
        return bundle.load(Path(model).resolve(), report, remedy=OWN_FOLDER)
    entry = find(model)
    return prepare_entry(entry.in_half if half else entry, config, report, repair=repair)


def prepare_entry(entry: Entry, config: EngineConfig, report: Report, *, repair: bool = False) -> Bundle:
    """Give the entry's bundle, making it if need be.

    A bundle that an older Tandem made is made anew; one that is damaged only with `repair`. Stages reported: wait (for
    another process that is at it), download, verify, export. Raises FetchError, GraphError or BundleError.
    """
    require_folder(config.bundles)
    ready = _ready(entry, config, report, repair=repair)
    if ready is None:
        with _alone(entry, config, report) as work:
            # Whoever held the lock before may have made it.
            return _ready(entry, config, report, repair=repair) or _make(entry, config, work, report)
    _sweep(entry, config)
    return ready


def remove(entry: Entry, config: EngineConfig, report: Report) -> bool:
    """Delete the entry's bundle and whatever was fetched for it; False when nothing was there. Raises FetchError."""
    with _alone(entry, config, report) as work:
        target = config.bundles / entry.name
        found = target.exists() or any(work.iterdir())
        if target.exists():
            target.replace(work / "old")
        shutil.rmtree(work)
    return found


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
    return "ready" if _matches(manifest, entry) else "outdated"


def _ready(entry: Entry, config: EngineConfig, report: Report, *, repair: bool) -> Bundle | None:
    root = config.bundles / entry.name
    if not root.exists():
        return None
    try:
        found = bundle.load(root, report)
    except OutdatedBundle:
        return None
    except BundleError:
        if repair:
            return None
        raise
    return found if _matches(found.manifest, entry) else None


def _matches(manifest: Manifest, entry: Entry) -> bool:
    made = (manifest.source_sha256, manifest.precision, manifest.prompt)
    return made == (entry.sha256, entry.precision.name, entry.prompt)


@contextmanager
def _alone(entry: Entry, config: EngineConfig, report: Report) -> Iterator[Path]:
    """Hold the entry's lock; gives its working folder, cleared of what dead builds left."""
    with disk_errors(config.bundles, entry.bundle_bytes):
        work = _work(entry, config)
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


def _sweep(entry: Entry, config: EngineConfig) -> None:
    """Remove what a build left that died after its bundle was in place, unless a living one is at work there."""
    work = _work(entry, config)
    if work.exists():
        # Where that cannot be done now, the bundle is still good: whoever comes next will sweep.
        with suppress(Timeout, OSError), FileLock(f"{work}.lock", timeout=0):
            shutil.rmtree(work)


def _work(entry: Entry, config: EngineConfig) -> Path:
    return config.bundles / ".work" / entry.name


def _make(entry: Entry, config: EngineConfig, work: Path, report: Report) -> Bundle:
    gguf = fetch(entry, work / "download", report, shelf=config.bundles, network=config.network)
    require_room(work, entry.bundle_bytes)
    build, target = work / "build", config.bundles / entry.name
    build.mkdir()
    _export(entry, gguf, build, report)
    made = bundle.load(build, report)
    if target.exists():
        target.replace(work / "old")
    build.replace(target)
    shutil.rmtree(work)
    return Bundle(root=target, manifest=made.manifest)


def _export(entry: Entry, gguf: Path, into: Path, report: Report) -> None:
    # These are slow to import and only needed here.
    import tokenizers  # noqa: PLC0415

    from engine.models.export import write_graph  # noqa: PLC0415
    from engine.models.gguf import read_facts  # noqa: PLC0415
    from engine.models.vocabulary import write_tokenizer  # noqa: PLC0415

    facts = read_facts(gguf)
    write_graph(gguf, into, entry.precision, report)
    write_tokenizer(gguf, into)
    tokenizer = tokenizers.Tokenizer.from_file(str(into / bundle.TOKENIZER))
    manifest = Manifest(
        format=bundle.FORMAT,
        name=entry.name,
        title=entry.title,
        licence=entry.licence,
        source=entry.file,
        source_sha256=entry.sha256,
        architecture=facts.architecture,
        precision=entry.precision.name,
        stop_tokens=tuple(_id(tokenizer, token) for token in entry.prompt.stops),
        shape=Shape(
            layers=facts.layers,
            kv_heads=facts.kv_heads,
            head_dim=facts.head_dim,
            vocabulary=facts.vocabulary,
            context_tokens=facts.context,
        ),
        prompt=entry.prompt,
        files=bundle.list_files(into),
    )
    bundle.write_manifest(into, manifest)


def _id(tokenizer: Tokenizer, token: str) -> int:
    number = tokenizer.token_to_id(token)
    if number is None:
        raise BundleError(f"The weights have no token {token}: the catalogue's prompt does not fit them.")
    return number
