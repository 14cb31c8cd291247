"""Chance that is always the same: a number for a name, and a short name for a long one.

Invariant: what is drawn for a name depends on nothing but the name, on no generator's state and no order.
"""

from __future__ import annotations

import hashlib


def draw(*name: object) -> int:
    """Draw a number of 64 bits for what these parts name."""
    return int.from_bytes(_hashed(name)[:8])


def digest(*name: object) -> str:
    """Tell what these parts name from everything else, in 16 characters."""
    return _hashed(name)[:8].hex()


def _hashed(name: tuple[object, ...]) -> bytes:
    return hashlib.sha256("\0".join(map(str, name)).encode()).digest()
