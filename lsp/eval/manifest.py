"""The packages that held-out code is cut from.

Invariant: each is pinned by version, size and hash, may be used freely, and has no release from before the models'.
"""

from __future__ import annotations

from datetime import date  # noqa: TC003 - msgspec reads the annotations at run time
from functools import cache
from importlib.resources import files
from typing import Literal

import msgspec

Registry = Literal["python", "npm"]
Language = Literal["python", "typescript", "rust"]
LANGUAGES: tuple[Language, ...] = ("python", "typescript", "rust")


class Package(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One archive of a package registry, and which of its files count; packages.toml says what the fields mean."""

    project: str
    version: str
    registry: Registry
    language: Language
    file: str
    size_bytes: int
    sha256: str
    licence: Literal["MIT", "BSD-3-Clause", "Apache-2.0"]
    first_release: date
    released: date
    include: tuple[str, ...]


class Manifest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """All of packages.toml; `models_released` is the day by which every model of the catalogue was there."""

    models_released: date
    packages: tuple[Package, ...]


@cache
def manifest() -> Manifest:
    """Read the list that comes with Tandem."""
    return msgspec.toml.decode(files("lsp.eval").joinpath("packages.toml").read_bytes(), type=Manifest)
