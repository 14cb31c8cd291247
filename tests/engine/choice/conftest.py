"""A bundle that takes no time to open, in the cache folder of each test."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from support import tiny

if TYPE_CHECKING:
    from pathlib import Path

    from engine.models.bundle import Bundle


@pytest.fixture
def tiny_bundle(tmp_path: Path) -> Bundle:
    return tiny.make_bundle(tmp_path)
