"""The model hub as a source, where huggingface_hub is installed and its network is there.

Invariant: without a route, or with the hub switched off (HF_HUB_OFFLINE), it says so within seconds: one question, no
retries. The library says where the file lies (HF_ENDPOINT and its other settings hold); the bytes come through
`download`, which can go on where it stopped, as the library itself cannot.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from engine.models.download import SourceFailed, download

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from engine.models.catalog import Hub

TIMEOUT_S = 4.0
NOT_INSTALLED = "huggingface_hub is not installed (`pip install huggingface_hub` where Tandem is)"


class HubFile(NamedTuple):
    """A file of a repository; `sha256` is "" where the hub states none, which is so for small ones."""

    path: str
    size_bytes: int
    sha256: str


class Listing(NamedTuple):
    """What a repository holds at its newest commit, and under which licence."""

    revision: str
    licence: str
    files: tuple[HubFile, ...]


def fetch_from_hub(source: Hub, into: Path, size_bytes: int, progress: Callable[[int], None]) -> None:
    """Bring the file into place, unchecked. Raises SourceFailed, and OSError from the disk."""
    download(_location(source), into, size_bytes, progress)


def list_repository(repository: str) -> Listing:
    """Ask what there is in a repository. Raises SourceFailed."""
    try:
        from huggingface_hub import HfApi  # noqa: PLC0415  an extra, and slow to import
    except ImportError as error:
        raise SourceFailed(NOT_INSTALLED) from error
    try:
        info = HfApi().model_info(repository, files_metadata=True, timeout=TIMEOUT_S)
    except Exception as error:
        raise SourceFailed(_silence(error)) from error
    files = tuple(
        HubFile(each.rfilename, each.size or 0, each.lfs.sha256 if each.lfs else "") for each in info.siblings or ()
    )
    licences = [tag.removeprefix("license:") for tag in info.tags or () if tag.startswith("license:")]
    return Listing(revision=info.sha or "main", licence=", ".join(licences) or "not stated", files=files)


def _location(source: Hub) -> str:
    try:
        from huggingface_hub import get_hf_file_metadata, hf_hub_url  # noqa: PLC0415  an extra, and slow to import
    except ImportError as error:
        raise SourceFailed(NOT_INSTALLED) from error
    url = hf_hub_url(source.repository, source.file, revision=source.revision)
    try:
        return get_hf_file_metadata(url, timeout=TIMEOUT_S).location
    except Exception as error:
        raise SourceFailed(_silence(error)) from error


def _silence(error: Exception) -> str:
    return f"it does not answer ({str(error).splitlines()[0] if str(error) else error!r})"
