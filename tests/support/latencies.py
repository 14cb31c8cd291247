"""What a latency bench of one short scene found, without playing it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lsp.bench.latency import KINDS, Latency, SceneReport
from lsp.bench.machine import machine
from lsp.bench.record import Figures, Record, figures

if TYPE_CHECKING:
    from collections.abc import Sequence


def latency(records: Sequence[Record], *, keys: int = 5, cpu_ms_per_key: float = 3) -> Latency:
    """Sum up these requests as if they were all."""
    kinds: dict[str, Figures] = {kind: figures([record for record in records if record.kind == kind]) for kind in KINDS}
    scene = SceneReport(
        name="a.py", lines=9, keys=keys, keystrokes_saved=0.2, cpu_ms_per_key=cpu_ms_per_key, kinds=kinds
    )
    return Latency(
        model="m",
        device="d",
        machine=machine(),
        initialize_ms=1,
        seconds=2,
        cpu_ms_per_key=cpu_ms_per_key,
        memory_mb=4,
        kinds=kinds,
        scenes=(scene,),
    )
