"""How fast models run on a graphics card: beside the processor, and beside PyTorch on the same card where it is there.

    PYTHONPATH=tests .venv/bin/python tests/bench/gpu.py [--model NAME] [--seconds N] [--no-requests] [--json]

Tokens a second of one stream are greedy and undrafted, each token fed back, with 512 in the cache before. Requests are
those of `tests/bench/latency.py`, played through the whole server, which drafts and works ahead. Not one of its figures
is known yet: it refuses on a machine without a card, and there was no other.
"""

from __future__ import annotations

import argparse
import asyncio
import importlib.util
import sys
import time
from statistics import median
from typing import TYPE_CHECKING

import msgspec
from bench.scenes import scenes
from rich.console import Console
from rich.table import Table

from engine.config import EngineConfig
from engine.models.prepare import prepare
from engine.progress import ProgressScreen
from hardware.device import DeviceError
from hardware.registry import open_device
from lsp.bench.latency import measure as measure_requests
from lsp.commands.bench import show as show_requests
from lsp.commands.loading import loading_screen
from lsp.replay.player import Conduct

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from engine.models.bundle import Bundle
    from hardware.device import Device, Model
    from lsp.bench.latency import Latency

    NextToken = Callable[[int, Sequence[int]], int]

STANDING_TOKENS = 512
DECODED_TOKENS = 256
WARM_UP_TOKENS = 32
PREFILLS = 5
CAPACITY_TOKENS = 1024
TARGET_TOKENS_PER_S = 1000


class Speed(msgspec.Struct, frozen=True, kw_only=True):
    """One stream on one device. `step_ms` is the median of a step of one token, `prefill_ms` of one of 512."""

    device: str
    tokens_per_s: float
    step_ms: float
    prefill_ms: float


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """Everything measured; `requests` are by device."""

    model: str
    speeds: tuple[Speed, ...]
    requests: dict[str, Latency]


def main() -> int:
    """Measure and print; 1 where there is no card to measure."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", default="qwen2.5-coder-0.5b")
    parser.add_argument("--seconds", type=float, default=20.0, help="of each scene of requests, on each device")
    parser.add_argument("--no-requests", action="store_true", help="measure the model alone")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    try:
        card = open_device("gpu")
        speeds = measure_speeds(options.model, card, open_device("cpu"))
    except DeviceError as error:
        sys.stderr.write(f"gpu.py: {error}\n")
        return 1
    requests: dict[str, Latency] = {}
    if not options.no_requests:
        requests = {name: play(options.model, name, options.seconds) for name in ("gpu", "cpu")}
    report = Report(model=options.model, speeds=tuple(speeds), requests=requests)
    if options.json:
        sys.stdout.write(msgspec.json.encode(report).decode() + "\n")
    else:
        show(report)
    return 0


def measure_speeds(name: str, card: Device, processor: Device) -> list[Speed]:
    """Measure the model on the card, on the processor, and on the card by PyTorch."""
    halved = bundle_of(name, card)
    found = [measure(card, halved), measure(processor, bundle_of(name, processor))]
    if importlib.util.find_spec("torch") is None:
        sys.stderr.write("gpu.py: PyTorch is not installed here, and left out.\n")
        return found
    import torch  # noqa: PLC0415  takes seconds to load
    from support.torch_decoder import TorchDecoder  # noqa: PLC0415

    if not torch.cuda.is_available():
        sys.stderr.write("gpu.py: PyTorch is installed here without CUDA, and left out.\n")
        return found
    decoder = TorchDecoder(halved.root / "model.onnx", capacity=CAPACITY_TOKENS, device="cuda")
    return [*found, speed(f"PyTorch {torch.__version__}, {torch.cuda.get_device_name()}", decoder.next_token)]


def bundle_of(name: str, device: Device) -> Bundle:
    with ProgressScreen() as screen:
        return prepare(name, EngineConfig(), screen.report, half=device.spec.half)


def measure(device: Device, bundle: Bundle) -> Speed:
    model = device.open(bundle.spec)
    found = speed(device.spec.description, greedy(model, CAPACITY_TOKENS))
    model.close()
    return found


def greedy(model: Model, capacity: int) -> NextToken:
    """A function that appends tokens to a cache of its own and gives the likeliest one to follow."""
    cache = model.new_cache(capacity)

    def next_token(keep: int, tokens: Sequence[int]) -> int:
        step = model.step(cache, keep, tokens, 1)
        return step.likeliest[0].token if step.likeliest is not None else int(step.logits[0].argmax())

    return next_token


def speed(
    device: str, next_token: NextToken, *, standing: int = STANDING_TOKENS, decoded: int = DECODED_TOKENS
) -> Speed:
    """Time prompts of `standing` tokens, then `decoded` tokens behind the last one, each the likeliest."""
    prompt = [100 + place % 100 for place in range(standing)]
    prefills_s = [timed(lambda: next_token(0, prompt)) for _ in range(PREFILLS)]
    token, steps_s = next_token(0, prompt), []
    for place in range(standing, standing + decoded):
        started = time.perf_counter()
        token = next_token(place, [token])
        steps_s.append(time.perf_counter() - started)
    counted = steps_s[min(WARM_UP_TOKENS, decoded // 2) :]
    return Speed(
        device=device,
        tokens_per_s=round(len(counted) / sum(counted), 1),
        step_ms=round(median(counted) * 1e3, 3),
        prefill_ms=round(median(prefills_s) * 1e3, 2),
    )


def timed(run: Callable[[], object]) -> float:
    """Seconds that it took."""
    started = time.perf_counter()
    run()
    return time.perf_counter() - started


def play(name: str, device: str, seconds: float) -> Latency:
    """Play the latency bench's scenes on a device."""
    conduct = Conduct(seed=1, seconds=seconds)
    with loading_screen() as report:
        return asyncio.run(measure_requests(["--model", name, "--device", device], scenes(), conduct, report))


def show(report: Report) -> None:
    """Print the tables."""
    table = Table("device", "tokens/s", "step ms", "prompt of 512, ms", "aim", box=None, header_style="bold")
    for each in report.speeds:
        aim = "reached" if each.tokens_per_s >= TARGET_TOKENS_PER_S else ""
        table.add_row(each.device, f"{each.tokens_per_s:.0f}", f"{each.step_ms}", f"{each.prefill_ms}", aim)
    console = Console(highlight=False)
    console.print(f"{report.model}: aim on a card is {TARGET_TOKENS_PER_S} tokens/s")
    console.print(table)
    for latency in report.requests.values():
        show_requests(latency)


if __name__ == "__main__":
    sys.exit(main())
