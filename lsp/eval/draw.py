"""Chance that is always the same: a number for a name.

Invariant: what is drawn for a name depends on nothing but the name, on no generator's state and no order.
"""

from __future__ import annotations

import hashlib


def draw(*name: object) -> int:
    """Draw a number of 64 bits for what these parts name."""
    return int.from_bytes(hashlib.sha256("\0".join(map(str, name)).encode()).digest()[:8])
