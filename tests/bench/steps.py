"""What one step of a model costs here, against the time that reading its weights alone would take.

    .venv/bin/python tests/bench/steps.py [--model NAME|DIR] [--threads N] [--json]

The floor is the size of the matrices over the read bandwidth measured in the same run: a step reads each of them once,
and of the tables (embedding, rotary) only a row for each token.
"""

from __future__ import annotations

import argparse
import math
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from statistics import median
from typing import TYPE_CHECKING

import msgspec
import numpy as np
import onnx
import psutil
from rich.console import Console
from rich.table import Table

from engine.config import EngineConfig
from engine.models.prepare import prepare
from engine.progress import ProgressScreen
from hardware.cpu import CpuDevice

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from hardware.cpu import CpuCache, CpuModel

STEPS = (1, 2, 4, 8, 16)
PREFILLS = (64, 256, 512)
CAPACITY_TOKENS = 1024
STANDING_TOKENS = 512  # in the cache before each decoding step
DECODING_REPEATS = 20
PREFILL_REPEATS = 3
OVERHEAD_REPEATS = 2000
BANDWIDTH_BYTES = 256 << 20
BANDWIDTH_REPEATS = 20
TOKEN = 100


class Cost(msgspec.Struct, frozen=True, kw_only=True):
    """A step of so many tokens with logits for `rows` of them."""

    tokens: int
    rows: int
    p50_ms: float
    best_ms: float


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """Everything measured.

    `weights_mb` is what a step reads; `idle_cpu_ms` is processor time used in the second after one.
    """

    model: str
    device: str
    threads: int
    load_s: float
    memory_mb: int
    weights_mb: int
    bandwidth_gb_s: float
    floor_ms: float
    python_us: float
    idle_cpu_ms: float
    steps: tuple[Cost, ...]


class Nothing:
    """Stands in for ONNX Runtime while the Python around it is measured."""

    def run_with_iobinding(self, binding: object) -> None:
        """Compute nothing."""


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", default="qwen2.5-coder-0.5b")
    parser.add_argument("--threads", type=int, default=0)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    report = measure(options.model, options.threads)
    if options.json:
        sys.stdout.write(msgspec.json.encode(report).decode() + "\n")
    else:
        show(report)
    return 0


def measure(name: str, threads: int) -> Report:
    with ProgressScreen() as screen:
        bundle = prepare(name, EngineConfig(), screen.report)
    weights_bytes = bytes_read(bundle.root / "model.onnx")
    device = CpuDevice(threads)
    bandwidth = read_bandwidth(device.spec.threads)
    started = time.perf_counter()
    model = device.open_appended(bundle.spec)
    load_s = time.perf_counter() - started
    cache = model.new_cache(CAPACITY_TOKENS)
    costs = [cost(model, cache, 0, tokens=tokens, rows=1, repeats=PREFILL_REPEATS) for tokens in PREFILLS]
    costs += [
        cost(model, cache, STANDING_TOKENS, tokens=tokens, rows=tokens, repeats=DECODING_REPEATS) for tokens in STEPS
    ]
    costs.append(cost(model, cache, STANDING_TOKENS, tokens=1, rows=0, repeats=DECODING_REPEATS))
    return Report(
        model=bundle.spec.name,
        device=device.spec.description,
        threads=device.spec.threads,
        load_s=round(load_s, 2),
        memory_mb=psutil.Process().memory_info().rss >> 20,
        weights_mb=weights_bytes >> 20,
        bandwidth_gb_s=round(bandwidth / 1e9, 1),
        floor_ms=round(weights_bytes / bandwidth * 1e3, 1),
        idle_cpu_ms=round(idle_cpu_s() * 1e3, 1),
        python_us=round(python_s(model, cache) * 1e6, 1),
        steps=tuple(costs),
    )


def bytes_read(graph: Path) -> int:
    """Count the bytes of the initializers that products take; those that are only looked up in do not count."""
    nodes = onnx.load(graph, load_external_data=False).graph
    products = {name for node in nodes.node if "MatMul" in node.op_type for name in node.input}
    return sum(math.prod(each.dims) * itemsize(each) for each in nodes.initializer if each.name in products)


def itemsize(initializer: onnx.TensorProto) -> int:
    return onnx.helper.tensor_dtype_to_np_dtype(initializer.data_type).itemsize


def cost(model: CpuModel, cache: CpuCache, keep: int, *, tokens: int, rows: int, repeats: int) -> Cost:
    ids = [TOKEN] * tokens
    walls = [model.step(cache, keep, ids, rows).timing.wall * 1e3 for _ in range(repeats + 1)][1:]
    return Cost(tokens=tokens, rows=rows, p50_ms=round(median(walls), 1), best_ms=round(min(walls), 1))


def python_s(model: CpuModel, cache: CpuCache) -> float:
    """What a decoding step costs apart from ONNX Runtime; `model` cannot compute any more afterwards."""
    vars(model)["_session"] = Nothing()
    return best(lambda: model.step(cache, STANDING_TOKENS, [TOKEN], 1), OVERHEAD_REPEATS)


def idle_cpu_s() -> float:
    before = time.process_time()
    time.sleep(1)
    return time.process_time() - before


def read_bandwidth(threads: int) -> float:
    """Bytes a second that so many threads read together."""
    parts = np.array_split(np.zeros(BANDWIDTH_BYTES // 4, np.int32) + 1, threads)
    with ThreadPoolExecutor(threads) as pool:
        return BANDWIDTH_BYTES / best(lambda: list(pool.map(np.max, parts)), BANDWIDTH_REPEATS)


def best(run: Callable[[], object], repeats: int) -> float:
    """Seconds that the fastest of the runs took."""
    walls = []
    for _ in range(repeats):
        started = time.perf_counter()
        run()
        walls.append(time.perf_counter() - started)
    return min(walls)


def show(report: Report) -> None:
    console = Console()
    table = Table("tokens", "rows", "p50 ms", "best ms", "x floor", box=None, header_style="bold")
    for step in report.steps:
        times = step.p50_ms / report.floor_ms
        table.add_row(str(step.tokens), str(step.rows), f"{step.p50_ms}", f"{step.best_ms}", f"{times:.1f}")
    console.print(f"{report.model} on {report.device}, {report.threads} threads")
    console.print(f"loaded in {report.load_s} s; {report.memory_mb} MB resident; a step reads {report.weights_mb} MB")
    console.print(f"floor {report.floor_ms} ms: those at {report.bandwidth_gb_s} GB/s")
    console.print(f"Python around a step: {report.python_us} us; idle: {report.idle_cpu_ms} ms CPU a second")
    console.print(table)


if __name__ == "__main__":
    sys.exit(main())
