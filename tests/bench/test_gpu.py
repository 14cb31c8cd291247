from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import pytest
from bench import gpu
from support.onboard import PROCESSOR, write_tiny

from hardware.device import DeviceUnavailable
from hardware.gpu import open_on
from hardware.registry import open_device

if TYPE_CHECKING:
    from pathlib import Path


def test_without_a_card_it_says_so_and_measures_nothing(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    try:
        open_device("gpu")
    except DeviceUnavailable as error:
        monkeypatch.setattr(sys, "argv", ["gpu.py"])
        assert gpu.main() == 1
        assert capsys.readouterr() == ("", f"gpu.py: {error}\n")  # noqa: PT017  what it says depends on the machine
    else:
        pytest.skip("there is a card here")


def test_a_stream_feeds_back_what_was_likeliest(tmp_path: Path) -> None:
    model = open_on(PROCESSOR, write_tiny(tmp_path))
    steps: list[tuple[int, int]] = []
    greedy = gpu.greedy(model, 64)

    def next_token(keep: int, tokens: list[int]) -> int:
        steps.append((keep, len(tokens)))
        return greedy(keep, tokens)

    found = gpu.speed("tiny", next_token, standing=32, decoded=8)  # type: ignore[arg-type]
    assert steps == [(0, 32)] * (gpu.PREFILLS + 1) + [(32 + place, 1) for place in range(8)]
    assert found.tokens_per_s > 0


def test_pytorch_decodes_the_same_tokens(tmp_path: Path) -> None:
    torch = pytest.importorskip("torch", reason="PyTorch is only measured beside, and not needed")
    from support.torch_decoder import TorchDecoder  # noqa: PLC0415

    spec = write_tiny(tmp_path)
    assert spec.graph is not None
    ours = gpu.greedy(open_on(PROCESSOR, spec), 64)
    theirs = TorchDecoder(spec.graph, capacity=64, device="cpu", kind=torch.float32).next_token
    prompt = list(range(20))
    for next_token in (ours, theirs):
        assert next_token(0, prompt[::-1]) != next_token(0, prompt)
    for keep in (0, 7, 19):
        assert ours(keep, prompt[keep:]) == theirs(keep, prompt[keep:])
