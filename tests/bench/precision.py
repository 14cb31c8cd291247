"""What each precision of a model costs in time and in likelihood, against float32.

    PYTHONPATH=tests .venv/bin/python tests/bench/precision.py GGUF [--windows N] [--threads N] [--only NAME ...]

Time is the processor's with one thread (the default), which other work on the machine disturbs least, or the clock's
with more. The likelihood is that of real Python from the standard library.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

from support.likelihood import mean_nll, spec_of, windows
from tokenizers import Tokenizer

from engine.models.export import write_graph
from engine.models.quantize import CHANNELS, FLOAT32, INT8, MIXED, Blocks, Channels, Form, Precision
from engine.models.vocabulary import write_tokenizer
from hardware.cpu import CpuDevice

if TYPE_CHECKING:
    from collections.abc import Callable

    from hardware.cpu import CpuModel

WINDOW_TOKENS = 512
STEPS = (1, 4, 8)
PREFILLS = (64, 256, 512)
STANDING_TOKENS = 256  # in the cache before each step
REPEATS = {"step": 7, "prefill": 2}


def uniform(name: str, form: Form) -> Precision:
    """One form for every matrix."""
    return Precision(name, form, form, form, form)


CANDIDATES = (
    FLOAT32,
    INT8,
    uniform("8-bit blocks of 64", Blocks(8, 64)),
    uniform("4-bit blocks", Blocks(4)),
    Precision("4-bit blocks, head 8", Blocks(4), Blocks(4), Blocks(4), Blocks(8)),
    Precision("4-bit gate and up, rest 8", Blocks(8), Blocks(4), Blocks(8), Blocks(8)),
    CHANNELS,
    uniform("8-bit channels", Channels(8)),
    Precision("7-bit channels, head blocks", Channels(7), Channels(7), Channels(7), Blocks(8)),
    Precision("7-bit channels, down and head blocks", Channels(7), Channels(7), Blocks(8), Blocks(8)),
    Precision("8-bit blocks, 7-bit gate and up, 8-bit down channels", Blocks(8), Channels(7), Channels(8), Blocks(8)),
    MIXED,
)


def main() -> None:
    """Print the table, a row as soon as it is measured."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("gguf", type=Path)
    parser.add_argument("--windows", type=int, default=8, help="pieces of 512 tokens whose likelihood is taken")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--only", nargs="*", default=[], help="precisions to measure besides fp32")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        write_tokenizer(options.gguf, Path(folder))
        sequences = windows(Tokenizer.from_file(f"{folder}/tokenizer.json"), options.windows, WINDOW_TOKENS)
        show("precision", "NLL", "%", *(f"step {n}" for n in STEPS), *(f"fill {n}" for n in PREFILLS), "MB")
        reference = 0.0
        for precision in CANDIDATES:
            if options.only and precision.name not in {"fp32", *options.only}:
                continue
            write_graph(options.gguf, Path(folder), precision, lambda _: None)
            size = (Path(folder) / "model.onnx.data").stat().st_size
            model = CpuDevice(options.threads).open_appended(spec_of(options.gguf, Path(folder) / "model.onnx"))
            nll = mean_nll(model, sequences)
            reference = reference or nll
            times = measure(model, sequences[0], time.thread_time if options.threads == 1 else time.perf_counter)
            model.close()
            show(precision.name, f"{nll:.4f}", f"{100 * (nll / reference - 1):+.2f}", *times, f"{size / 1e6:.0f}")


def show(name: str, *figures: str) -> None:
    """Print one row."""
    print(f"{name:52}", *(f"{figure:>8}" for figure in figures), flush=True)  # noqa: T201  it is what the script is for


def measure(model: CpuModel, ids: list[int], clock: Callable[[], float]) -> list[str]:
    """Milliseconds of steps of several sizes with logits for every token, then of prefills with logits for the last."""
    cache = model.new_cache(1024)

    def best_ms(keep: int, tokens: int, rows: int, repeats: int) -> str:
        times: list[float] = []
        for _ in range(repeats):
            started = clock()
            model.step(cache, keep, ids[:tokens], rows)
            times.append(clock() - started)
        return f"{1000 * min(times):.1f}"

    model.step(cache, 0, ids[:STANDING_TOKENS], 0)
    steps = [best_ms(STANDING_TOKENS, count, count, REPEATS["step"]) for count in STEPS]
    return steps + [best_ms(0, count, 1, REPEATS["prefill"]) for count in PREFILLS]


if __name__ == "__main__":
    main()
