"""A model that a local site publishes as wheels, and the folders of one fetch."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest
from support.tiny import FILE

from engine.config import EngineConfig
from engine.errors import FetchError
from engine.models.fetch import fetch

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from support.site import Site

    from engine.messages import Loading
    from engine.models.catalog import Entry


@dataclass(frozen=True, slots=True)
class Shop:
    """What a test of fetching works with; `shelf` is the cache folder, empty at first."""

    site: Site
    entry: Entry
    gguf: bytes
    shelf: Path

    @property
    def folder(self) -> Path:
        """Where the fetch works."""
        return self.shelf / "download"

    @property
    def config(self) -> EngineConfig:
        """For whole bundles in the same cache folder."""
        return EngineConfig(cache_dir=str(self.shelf))

    def fetch(
        self, report: Callable[[Loading], None] = lambda _: None, *, entry: Entry | None = None, network: bool = True
    ) -> Path:
        """Fetch the model, or another."""
        return fetch(entry or self.entry, self.folder, report, shelf=self.shelf, network=network)

    def check_fetches(self) -> None:
        """Fetching gives the published bytes."""
        assert self.fetch().read_bytes() == self.gguf

    def check_refuses(self, *words: str, entry: Entry | None = None, network: bool = True) -> None:
        """Fetching raises a message of one line that holds these words, and no file could be taken for the model."""
        with pytest.raises(FetchError) as caught:
            self.fetch(entry=entry, network=network)
        assert "\n" not in str(caught.value)
        for word in words:
            assert word in str(caught.value)
        assert not self.folder.is_dir() or not (self.folder / FILE).exists()
