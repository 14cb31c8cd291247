"""Neovim: the one on the PATH if it is new enough, else Debian's newest, unpacked beside the system.

Invariant: what is unpacked runs from wherever it is moved to, and changes nothing outside: it is started by its own
loader with its own libraries, found from where the starting script lies, and its children get none of that.
"""

from __future__ import annotations

import os
import re
import shutil
from functools import cache
from pathlib import Path

from editors.install import NotInstalled, run, tool

VERSION = "0.12"
"""The oldest that will do, and what Debian's testing distribution has or exceeds."""
SUITE = "forky"

_SOURCES = Path("/etc/apt/sources.list.d/debian.sources")
_BY_HAND = f"Install Neovim {VERSION} or newer and put it on the PATH."

_APT = """\
Dir "{apt}"; Dir::State::status "{apt}/var/lib/dpkg/status";
APT::Architecture "{architecture}"; APT::Architectures {{ "{architecture}"; }};
APT::Install-Recommends "false"; APT::Sandbox::User "root";
Acquire::Languages "none"; Acquire::Check-Valid-Until "false";
"""
_FOLDERS = ("etc/apt/sources.list.d", "etc/apt/apt.conf.d", "etc/apt/preferences.d", "etc/apt/trusted.gpg.d")
_STATE = ("var/lib/apt/lists/partial", "var/cache/apt/archives/partial", "var/lib/dpkg")

_START = """\
#!/bin/sh
root=$(dirname "$(readlink -f "$0")")/root
export VIMRUNTIME="$root/usr/share/nvim/runtime"
exec "$root/{loader}" --library-path "$root/{libraries}" "$root/usr/bin/nvim" "$@"
"""


@cache
def executable() -> Path:
    """Give a Neovim that is new enough. Raises NotInstalled."""
    found = shutil.which("nvim")
    if found is not None and _version(Path(found)) >= _numbers(VERSION):
        return Path(found)
    return tool("neovim") / "nvim"


def install(folder: Path) -> None:
    """Unpack Neovim and all that it needs. Raises NotInstalled."""
    if not _SOURCES.exists():
        raise NotInstalled(_BY_HAND)
    root, apt = folder / "root", folder / "apt"
    for each in (*_FOLDERS, *_STATE):
        (apt / each).mkdir(parents=True)
    root.mkdir()
    (apt / "var/lib/dpkg/status").touch()
    (apt / "etc/apt/sources.list.d/debian.sources").write_text(_newest(_SOURCES.read_text("utf-8")), "utf-8")
    architecture = run("dpkg", "--print-architecture").strip()
    (apt / "apt.conf").write_text(_APT.format(apt=apt, architecture=architecture), "utf-8")
    environment = os.environ | {"APT_CONFIG": str(apt / "apt.conf")}
    run("apt-get", "--quiet", "update", environment=environment)
    run("apt-get", "--quiet", "--yes", "--download-only", "install", "neovim", environment=environment)
    for archive in (apt / "var/cache/apt/archives").glob("*.deb"):
        run("dpkg-deb", "--extract", archive, root)
    shutil.rmtree(apt)
    loader = next(root.glob("usr/lib/*/ld-linux*.so*"), None)
    if loader is None:
        raise NotInstalled(f"Debian's packages are not laid out as expected. {_BY_HAND}")
    start = folder / "nvim"
    start.write_text(_START.format(loader=loader.relative_to(root), libraries=loader.parent.relative_to(root)), "utf-8")
    start.chmod(0o755)
    if _version(start) < _numbers(VERSION):
        raise NotInstalled(f"Debian's Neovim is too old here. {_BY_HAND}")


def _newest(sources: str) -> str:
    """Point the system's own sources at the newer distribution, and leave out those that it has none for."""
    stanzas = [stanza for stanza in re.split(r"\n\s*\n", sources) if "-security" not in stanza and "Suites:" in stanza]
    return "\n\n".join(re.sub(r"(?m)^Suites:.*$", f"Suites: {SUITE}", stanza) for stanza in stanzas[:1]) + "\n"


def _version(nvim: Path) -> tuple[int, ...]:
    return _numbers(run(nvim, "--version").partition("\n")[0])


def _numbers(text: str) -> tuple[int, ...]:
    """Read a version's first two numbers."""
    return tuple(int(number) for number in re.findall(r"\d+", text)[:2])
