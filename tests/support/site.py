"""A web server on this machine that can do what real ones do: cut off, know no ranges, ask for a password."""

from __future__ import annotations

import base64
import threading
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Self
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from collections.abc import Mapping
    from socket import socket


@dataclass(frozen=True, slots=True)
class Asked:
    """One request for a file: its path, and the byte it wanted to begin at."""

    path: str
    start: int


@dataclass
class Site:
    """A context manager; `files` maps paths to bodies and may change while it runs.

    Every answer's body is cut off after `cut_after` bytes.
    """

    files: dict[str, bytes] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    asked: list[Asked] = field(default_factory=list)
    ranges: bool = True
    password: str = ""
    cut_after: int | None = None

    def __enter__(self) -> Self:
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), partial(_Handler, self))
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01})
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    @property
    def address(self) -> str:
        """Host and port."""
        return f"127.0.0.1:{self._server.server_port}"

    def starts(self, path: str) -> list[int]:
        """The bytes at which requests for the file wanted to begin, in order."""
        return [asked.start for asked in self.asked if asked.path == path]


class _Handler(BaseHTTPRequestHandler):
    def __init__(self, of: Site, request: socket, client: tuple[str, int], server: ThreadingHTTPServer) -> None:
        self.of = of
        super().__init__(request, client, server)

    def do_HEAD(self) -> None:
        self._answer(with_body=False)

    def do_GET(self) -> None:
        self._answer(with_body=True)

    def _answer(self, *, with_body: bool) -> None:
        site, path = self.of, urlsplit(self.path).path  # a proxy is asked for whole addresses
        body = site.files.get(path)
        login = f"Basic {base64.b64encode(site.password.encode()).decode()}"
        if site.password and self.headers.get("Authorization") != login:
            self._refuse(401)
        elif body is None:
            self._refuse(404)
        else:
            wanted = self.headers.get("Range", "bytes=0-") if site.ranges else "bytes=0-"
            start = int(wanted.removeprefix("bytes=").split("-")[0])
            if with_body:
                site.asked.append(Asked(path, start))
            self._send(body, start, with_body=with_body)

    def _refuse(self, status: int) -> None:
        self.send_response(status)
        self.send_header("WWW-Authenticate", "Basic")
        self.send_header("Content-Length", "0")
        self.end_headers()

    def _send(self, body: bytes, start: int, *, with_body: bool) -> None:
        self.send_response(206 if start else 200)
        self.send_header("Content-Type", "text/html" if self.path.endswith("/") else "application/octet-stream")
        self.send_header("Content-Length", str(len(body) - start))
        for name, value in self.of.headers.items():
            self.send_header(name, value)
        self.end_headers()
        if with_body and not self.path.endswith("/"):
            body = body[start:][: self.of.cut_after]
        if with_body:
            with suppress(ConnectionError):  # whoever asked may have been killed, as a test wants
                self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  http.server's name
        """Stay silent; what was asked is in `asked`."""
