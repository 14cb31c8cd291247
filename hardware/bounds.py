"""Which steps a cache can take: the same refusals on every device.

Invariant: a step that passes here stays inside its cache and its model's vocabulary, and continues what stands there.
Not every kernel looks: a look-up in blocks of integers reads past its end where one in floats would refuse.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence


def check_step(*, capacity: int, filled: int, vocabulary: int, keep: int, tokens: Sequence[int], rows: int) -> None:
    """Raise ValueError unless a cache that holds `filled` tokens can keep `keep`, append `tokens` and give `rows`."""
    count = len(tokens)
    if not count:
        raise ValueError("a step needs at least one token")
    if not 0 <= rows <= count:
        raise ValueError(f"cannot give {rows} rows of logits for a step of {count} tokens")
    if not 0 <= keep <= filled:
        raise ValueError(f"cannot keep {keep} tokens of a cache that holds {filled}")
    if keep + count > capacity:
        raise ValueError(f"{keep} + {count} tokens exceed the cache's capacity of {capacity}")
    if min(tokens) < 0 or max(tokens) >= vocabulary:
        raise ValueError(f"a token is outside of the vocabulary of {vocabulary}")


def check_copy(*, capacity: int, filled: int, keep: int) -> None:
    """Raise ValueError unless the first `keep` tokens of a cache that holds `filled` fit into another one."""
    if not 0 <= keep <= min(filled, capacity):
        raise ValueError(f"cannot copy {keep} of {filled} tokens into a cache of {capacity}")
