"""A tiny model, published on a site of the test's own, with pip set to look there and nowhere else."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from support.pipsettings import use_pip_settings
from support.shop import Shop
from support.site import Site
from support.tiny import FILE, publish, write_gguf

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture(scope="session")
def tiny_gguf(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("tiny") / FILE
    write_gguf(path)
    return path


@pytest.fixture
def shop(tiny_gguf: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Shop]:
    gguf = tiny_gguf.read_bytes()
    with Site() as site:
        use_pip_settings(monkeypatch, index_url=f"http://{site.address}/simple")
        yield Shop(site, publish(site, gguf), gguf, tmp_path / "cache")


@pytest.fixture
def closed() -> str:
    """Give an address at which nobody listens."""
    with Site() as gone:
        return gone.address
