"""One file over HTTP, by the byte: what an earlier attempt brought is kept and gone on from.

Invariant: `into` appears only with its full size; until then its first bytes stand in a file beside it, named with
".part". Whether they are the right bytes is for the caller's hash to say. Errors name the host and never the whole
address, which may hold a password.
"""

from __future__ import annotations

import os
import time
from http import HTTPStatus
from http.client import HTTPException
from typing import TYPE_CHECKING
from urllib.error import HTTPError, URLError
from urllib.parse import urlsplit
from urllib.request import OpenerDirector, Request, build_opener

from engine.errors import FetchError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from http.client import HTTPResponse
    from pathlib import Path

CHUNK_BYTES = 1 << 18
TIMEOUT_S = 15.0
PAUSES_S = (0.5, 1.0, 2.0)  # between attempts that brought nothing; each one that did starts over
_TRANSIENT = {HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_MANY_REQUESTS}


class SourceFailed(FetchError):
    """One source cannot give the file; another may. Ends in a FetchError that names all that were tried."""


class _Dropped(Exception):
    """The connection could not be made or ended early; another attempt may get further."""


def part_of(into: Path) -> Path:
    """Where the first bytes of an unfinished download stand."""
    return into.with_name(f"{into.name}.part")


def download(
    url: str,
    into: Path,
    size_bytes: int,
    progress: Callable[[int], None],
    opener: OpenerDirector | None = None,
) -> None:
    """Bring `size_bytes` from `url` into the file `into`; `progress` hears how many are there.

    Raises SourceFailed when the host does not answer or offers another size, and OSError from the disk.
    """
    part, pauses = part_of(into), iter(PAUSES_S)
    part.touch()
    with part.open("r+b") as file:
        while (have := file.seek(0, os.SEEK_END)) < size_bytes:
            try:
                for position, chunk in _stream(opener or build_opener(), url, have, size_bytes):
                    file.seek(position)
                    file.write(chunk)
                    progress(position + len(chunk))
            except _Dropped as dropped:
                if file.seek(0, os.SEEK_END) > have:
                    pauses = iter(PAUSES_S)
                pause_s = next(pauses, None)
                if pause_s is None:
                    raise SourceFailed(f"{host_of(url)} does not answer ({dropped})") from dropped
                time.sleep(pause_s)
    part.replace(into)


def _stream(opener: OpenerDirector, url: str, start: int, size_bytes: int) -> Iterator[tuple[int, bytes]]:
    """Give the file's bytes from `start` on, or from 0 where the host knows no ranges, each with its position."""
    request = Request(url, headers={"Range": f"bytes={start}-"} if start else {})  # noqa: S310  the callers' own addresses
    try:
        with opener.open(request, timeout=TIMEOUT_S) as response:
            position = start if response.status == HTTPStatus.PARTIAL_CONTENT else 0
            _check_size(url, response, position, size_bytes)
            while position < size_bytes and (chunk := response.read(min(CHUNK_BYTES, size_bytes - position))):
                yield position, chunk
                position += len(chunk)
    except (OSError, HTTPException) as error:
        _judge(url, error)
    if position < size_bytes:
        raise _Dropped("the connection was cut")


def _check_size(url: str, response: HTTPResponse, position: int, size_bytes: int) -> None:
    length = response.headers.get("Content-Length")
    if length is not None and position + int(length) != size_bytes:
        raise SourceFailed(f"{host_of(url)} offers a file of another size")


def _judge(url: str, error: OSError | HTTPException) -> None:
    """Raise _Dropped where another attempt may help, SourceFailed where it cannot."""
    reason = reason_of(error)
    if isinstance(error, HTTPError) and error.code < HTTPStatus.INTERNAL_SERVER_ERROR and error.code not in _TRANSIENT:
        raise SourceFailed(f"{host_of(url)} does not give it ({reason})") from error
    raise _Dropped(reason) from error


def reason_of(error: Exception) -> str:
    """Say in a few words why an address could not be read, and let go of the connection."""
    if isinstance(error, HTTPError):
        error.close()
        return f"{error.code} {error.reason}"
    cause = error.reason if isinstance(error, URLError) else error
    return str(getattr(cause, "strerror", None) or cause or type(cause).__name__)


def host_of(url: str) -> str:
    """Name the host of an address without its credentials, or its folder on this machine."""
    return urlsplit(url).hostname or urlsplit(url).path
