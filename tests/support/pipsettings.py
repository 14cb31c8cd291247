"""pip's settings for one test: nothing of this machine's, and what the test says."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pytest

_PROXIES = ("http_proxy", "https_proxy", "all_proxy", "no_proxy")


def use_pip_settings(monkeypatch: pytest.MonkeyPatch, **settings: str) -> None:
    """Set pip's variables, as in index_url="..."; processes that the test starts inherit them."""
    for name in tuple(os.environ):
        if name.startswith("PIP_") or name.lower() in _PROXIES:
            monkeypatch.delenv(name)
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    for name, value in settings.items():
        monkeypatch.setenv(f"PIP_{name.upper()}", value)
