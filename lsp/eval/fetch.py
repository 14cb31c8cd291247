"""Packages from the registries, reached the way the user's own pip and npm settings say; nothing of them is run.

Invariant: an archive is in the cache only with the size and the hash of the manifest. A Python source archive is
downloaded by the byte, since `pip download` would run its build; npm is told to run no scripts.
"""

from __future__ import annotations

import shutil
import subprocess
from typing import TYPE_CHECKING

from engine.config import default_cache_dir
from engine.errors import FetchError
from engine.models.digest import is_sound
from engine.models.index import fetch_file
from lsp.errors import PackageMissing

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from lsp.eval.manifest import Package

PATIENCE_S = 300.0


def archives() -> Path:
    """Where archives are kept: beside the models."""
    return default_cache_dir() / "eval"


def missing(packages: Sequence[Package], folder: Path) -> list[Package]:
    """Tell which archives would have to be fetched."""
    return [each for each in packages if not is_sound(folder / each.file, each.size_bytes, each.sha256)]


def fetch(package: Package, folder: Path, *, offline: bool = False) -> None:
    """Bring the package's archive into the folder. Raises PackageMissing, and OSError from the disk."""
    if offline:
        raise PackageMissing(f"{package.file} is not in {folder}: run it once without --offline.")
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / package.file
    path.unlink(missing_ok=True)
    if package.registry == "npm":
        _by_npm(package, folder)
    else:
        try:
            fetch_file(package, path, lambda _: None)
        except FetchError as error:
            raise PackageMissing(f"{package.project} {package.version} cannot be had: {error}.") from error
    if not is_sound(path, package.size_bytes, package.sha256):
        path.unlink(missing_ok=True)
        raise PackageMissing(
            f"The registry's {package.file} is not the expected file (wrong sha256); check its address."
        )


def _by_npm(package: Package, folder: Path) -> None:
    npm = shutil.which("npm")
    if npm is None:
        raise PackageMissing(f"{package.project} comes with npm, which is not here: install Node, or leave it out.")
    what = f"{package.project}@{package.version}"
    command = [npm, "pack", what, "--ignore-scripts", "--silent", "--pack-destination", str(folder)]
    try:
        ran = subprocess.run(  # noqa: S603 - what it is told comes from the manifest
            command, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=PATIENCE_S, check=False
        )
    except subprocess.TimeoutExpired as error:
        raise PackageMissing(
            f"npm did not bring {what} within {PATIENCE_S:.0f} seconds; check your network."
        ) from error
    if ran.returncode:
        complaint = (ran.stderr.strip().splitlines() or ["it gives no reason"])[-1]
        raise PackageMissing(f"npm did not bring {what} ({complaint}); check `npm config get registry`.")
