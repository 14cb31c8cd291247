"""Which steps a cache can take: the same refusals on every device.

Invariant: a step that passes here stays inside its cache and continues what stands there.
"""

from __future__ import annotations


def check_step(*, capacity: int, filled: int, keep: int, count: int, rows: int) -> None:
    """Raise ValueError unless a cache holding `filled` tokens can keep `keep`, append `count` and answer `rows`."""
    if count < 1:
        raise ValueError("a step needs at least one token")
    if not 0 <= rows <= count:
        raise ValueError(f"cannot give {rows} rows of logits for a step of {count} tokens")
    if not 0 <= keep <= filled:
        raise ValueError(f"cannot keep {keep} tokens of a cache that holds {filled}")
    if keep + count > capacity:
        raise ValueError(f"{keep} + {count} tokens exceed the cache's capacity of {capacity}")
