"""How fast the processor reads memory: what bounds the decoding of a model whose weights no cache holds.

Invariant: what is read is larger than caches are, and all threads read at the same time.
"""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor

import numpy as np

SIZE_BYTES = 256 << 20
REPEATS = 8


def read_bytes_per_s(threads: int) -> float:
    """Measure how many bytes a second so many threads read together, at best."""
    parts = np.array_split(np.ones(SIZE_BYTES // 4, np.int32), threads)
    walls_s = []
    with ThreadPoolExecutor(threads) as pool:
        for _ in range(REPEATS):
            started_s = time.perf_counter()
            list(pool.map(np.max, parts))
            walls_s.append(time.perf_counter() - started_s)
    return SIZE_BYTES / min(walls_s)
