"""The figures of `tandem wafer estimate` and `validate` as JSON.

Invariant: every figure has two decimals at least and six digits at least, so that cycles are told to 0.01 and small
shares are not lost; what a sum of floats leaves behind those is not told.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import msgspec

from engine.commands.output import say

if TYPE_CHECKING:
    from hardware.wafer.validation import Validation

DECIMALS, DIGITS = 2, 6


def answer(found: msgspec.Struct | Validation) -> int:
    """Print one JSON object."""
    say(msgspec.json.encode(_rounded(msgspec.to_builtins(found))).decode())
    return 0


def _rounded(found: object) -> object:
    match found:
        case dict():
            return {key: _rounded(value) for key, value in found.items()}
        case list() | tuple():
            return [_rounded(value) for value in found]
        case float() if found:
            return round(found, max(DECIMALS, DIGITS - 1 - math.floor(math.log10(abs(found)))))
        case _:
            return found
