"""The model hub as a source, where huggingface_hub is installed and its network is there.

Invariant: without a route, or with the hub switched off (HF_HUB_OFFLINE), it says so within seconds: one question, no
retries. The library says where the file lies (HF_ENDPOINT and its other settings hold); the bytes come through
`download`, which can go on where it stopped, as the library itself cannot.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from engine.models.download import SourceFailed, download

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from engine.models.catalog import Hub

TIMEOUT_S = 4.0


def fetch_from_hub(source: Hub, into: Path, size_bytes: int, progress: Callable[[int], None]) -> None:
    """Bring the file into place, unchecked. Raises SourceFailed, and OSError from the disk."""
    download(_location(source), into, size_bytes, progress)


def _location(source: Hub) -> str:
    try:
        from huggingface_hub import get_hf_file_metadata, hf_hub_url  # noqa: PLC0415  an extra, and slow to import
    except ImportError as error:
        raise SourceFailed("huggingface_hub is not installed") from error
    url = hf_hub_url(source.repository, source.file, revision=source.revision)
    try:
        return get_hf_file_metadata(url, timeout=TIMEOUT_S).location
    except Exception as error:
        raise SourceFailed(f"it does not answer ({str(error).splitlines()[0] if str(error) else error!r})") from error
