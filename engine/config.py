"""What the engine is started with; it never changes while the process lives."""

from __future__ import annotations

from pathlib import Path

import msgspec
import platformdirs


def default_cache_dir() -> Path:
    """Where bundles live: the user's cache directory (XDG_CACHE_HOME is honoured)."""
    return Path(platformdirs.user_cache_dir("tandem", appauthor=False))


class EngineConfig(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What to run, where, and within which bounds.

    `model` is "auto" or what `engine/models/prepare.py` takes: a name, a folder, a file, `hf:OWNER/NAME`. `device`
    is "auto" or a device's name. `threads` 0 lets the device choose. `context_tokens` bounds prompt and completion
    together; `caches` is how many sequences are kept, besides the one that other candidates are tried out in.
    `network` False forbids fetching a model that is not there. `beside` True is for an engine that is to replace
    another, which still serves: where there is no memory for both, it does not make do with less, but says so
    (errors.Crowded).
    """

    model: str = "auto"
    device: str = "auto"
    threads: int = 0
    context_tokens: int = 1024
    caches: int = 4
    cache_dir: str = ""
    network: bool = True
    beside: bool = False

    @property
    def bundles(self) -> Path:
        """The folder that holds the bundles."""
        return Path(self.cache_dir) if self.cache_dir else default_cache_dir()
