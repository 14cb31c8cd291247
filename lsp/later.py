"""How something is done later: by the loop's clock, or by one that a test winds.

Invariant: what is put off cannot be called off; whoever puts it off looks whether it is still wanted.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable

Later = Callable[[float, Callable[[], None]], object]
"""Takes a number of seconds, and what to do after them."""


def on_the_loop(seconds: float, call: Callable[[], None]) -> object:
    """Do it by the clock of the event loop that is running."""
    return asyncio.get_running_loop().call_later(seconds, call)
