"""The user's own pip: what its settings say of the network, and running it.

Invariant: pip runs as a program of its own and nothing that it prints is shown; a failure becomes one sentence, its
last complaint.
"""

from __future__ import annotations

import ast
import errno
import os
import re
import ssl
import subprocess
import sys
from typing import TYPE_CHECKING
from urllib.parse import urlsplit
from urllib.request import HTTPSHandler, OpenerDirector, ProxyHandler, build_opener

import msgspec

from engine.models.download import SourceFailed

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

_DEFAULT_INDEX = re.compile(r"--index-url .*\(default (\S+)\)")
_SETTING = re.compile(r"^(global|install|download|:env:)\.([a-z-]+)=(.*)$")
_PROGRESS = re.compile(r"^Progress (\d+) of \d+$")
_OS_ERROR = re.compile(r"\[Errno (\d+)\]")
_TRUE = {"1", "true", "t", "yes", "y", "on"}


class PipSettings(msgspec.Struct, frozen=True, kw_only=True):
    """What pip's configuration files and environment variables say of the network.

    Indexes on disk and those behind a password are left to pip, which tells nobody the password.
    """

    indexes: tuple[str, ...]
    proxy: str
    cert: str
    client_cert: str

    @classmethod
    def read(cls) -> PipSettings:
        """Ask pip itself. Raises SourceFailed."""
        sections: dict[str, dict[str, str]] = {"global": {}, "install": {}, "download": {}, ":env:": {}}
        for line in run_pip(["config", "list"]):
            if match := _SETTING.match(line):
                sections[match[1]][match[2]] = str(ast.literal_eval(match[3]))
        found = {key: value for section in sections.values() for key, value in section.items()}
        indexes = (found.get("index-url") or _default_index(), *found.get("extra-index-url", "").split())
        return cls(
            indexes=() if found.get("no-index", "").lower() in _TRUE else tuple(filter(_is_open, indexes)),
            proxy=found.get("proxy", ""),
            cert=found.get("cert", ""),
            client_cert=found.get("client-cert", ""),
        )

    def opener(self) -> OpenerDirector:
        """Build what opens addresses accordingly. Raises SourceFailed for certificates that cannot be used."""
        try:
            context = ssl.create_default_context(cafile=self.cert or None)
            if self.client_cert:
                context.load_cert_chain(self.client_cert)
        except OSError as error:
            raise SourceFailed(f"pip's certificate settings cannot be used ({error})") from error
        proxies = [ProxyHandler({"http": self.proxy, "https": self.proxy})] if self.proxy else []
        return build_opener(HTTPSHandler(context=context), *proxies)


def run_pip(
    arguments: list[str], *, scratch: Path | None = None, progress: Callable[[int], None] = lambda _: None
) -> list[str]:
    """Run pip, giving its lines; `progress` hears of bytes downloaded, `scratch` is for its temporary files.

    Its output is a pipe of ours: should this process be killed, pip ends at its next line of progress.
    Raises SourceFailed with its last complaint, or OSError when that is a full disk.
    """
    temporary = {name: str(scratch) for name in ("TMPDIR", "TEMP", "TMP")} if scratch else {}
    wide = {"COLUMNS": "1000"}  # pip breaks its lines to fit
    lines: list[str] = []
    with subprocess.Popen(  # noqa: S603  our own interpreter, arguments from the catalogue
        [sys.executable, "-P", "-m", "pip", "--no-input", "--disable-pip-version-check", *arguments],
        env=os.environ | wide | temporary,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
    ) as child:
        try:
            for line in child.stdout or ():
                lines.append(line.rstrip())
                if match := _PROGRESS.match(lines[-1]):
                    progress(int(match[1]))
        except BaseException:
            child.kill()
            raise
    if child.returncode != 0:
        _complain(lines)
    return lines


def _default_index() -> str:
    """Ask pip which index it takes where no setting names one; empty when its help no longer says."""
    return next((match[1] for line in run_pip(["download", "--help"]) if (match := _DEFAULT_INDEX.search(line))), "")


def _is_open(index: str) -> bool:
    """Whether anybody may read this index over HTTP."""
    try:
        address = urlsplit(index)
    except ValueError:
        return False
    return address.scheme in {"http", "https"} and "@" not in address.netloc


def _complain(lines: list[str]) -> None:
    complaint = ([line for line in lines if line.startswith("ERROR:")] or lines or ["it gives no reason"])[-1]
    match = _OS_ERROR.search(complaint)
    if match and int(match[1]) in {errno.ENOSPC, errno.EFBIG}:
        raise OSError(int(match[1]), os.strerror(int(match[1])))
    raise SourceFailed(f"pip says: {complaint.removeprefix('ERROR:').strip()}")
