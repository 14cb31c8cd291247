from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from support.tiny import CONTEXT_TOKENS, HEADS, KV_HEADS, LAYERS, WIDTH, write_gguf

from engine.models.export import write_graph
from engine.models.quantize import INT8

if TYPE_CHECKING:
    from pathlib import Path

SCRIPT = f"""
import sys
from pathlib import Path
from hardware.device import ModelSpec
from hardware.registry import known, open_device

known()
spec = ModelSpec(name="tiny", graph=Path(sys.argv[1]), layers={LAYERS}, kv_heads={KV_HEADS},
                 head_dim={WIDTH // HEADS}, vocabulary=259, context={CONTEXT_TOKENS}, stop_tokens=(258,))
model = open_device("cpu").open(spec)
model.step(model.new_cache(8), 0, [1, 2, 3], 1)
model.close()
"""


@pytest.fixture(scope="module")
def graph(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("graph")
    write_gguf(folder / "tiny.gguf")
    write_graph(folder / "tiny.gguf", folder, INT8, lambda _: None)
    return folder / "model.onnx"


def in_an_empty_home(folder: Path) -> dict[str, str]:
    names = ("HOME", "USERPROFILE", "XDG_CACHE_HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME", "LOCALAPPDATA", "APPDATA")
    return os.environ | dict.fromkeys(names, str(folder)) | {"ORT_DISABLE_TELEMETRY": "0"}


def test_running_a_model_leaves_nothing_in_the_users_home(graph: Path, tmp_path: Path) -> None:
    subprocess.run([sys.executable, "-c", SCRIPT, str(graph)], env=in_an_empty_home(tmp_path), check=True)
    assert list(tmp_path.rglob("*")) == []
