from __future__ import annotations

from typing import NamedTuple

import pytest

from lsp import checks


class Installed(NamedTuple):
    name: str
    version: str


@pytest.mark.parametrize(
    ("runtime", "state", "says"),
    [
        ("onnxruntime", "ok", "onnxruntime 1.31"),
        ("onnxruntime-gpu", "ok", "onnxruntime 1.31 (onnxruntime-gpu)"),
        ("numpy", "fail", "missing: onnxruntime"),
    ],
)
def test_a_runtime_for_graphics_cards_stands_in_for_the_other(
    runtime: str, state: str, says: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        "lsp.checks.metadata.requires", lambda _: ["onnxruntime>=1.23", 'onnxruntime-gpu; extra == "gpu"']
    )
    monkeypatch.setattr("lsp.checks.metadata.distributions", lambda: [Installed(runtime, "1.31")])
    found = checks.check_packages()
    assert (found.state, found.detail) == (state, says)
