"""The hub as a source: the real library against a site that answers as a hub does.

Each fetch has a process of its own, because huggingface_hub reads its settings when it is imported.
"""

from __future__ import annotations

import pickle
import subprocess
import sys
from typing import TYPE_CHECKING

import msgspec
import pytest
from support.site import Site
from support.tiny import FILE

from engine.models.catalog import Hub

if TYPE_CHECKING:
    from pathlib import Path

    from support.shop import Shop

REVISION = "a" * 40
PATH = f"/owner/tiny/resolve/{REVISION}/{FILE}"
HEADERS = {"ETag": '"0123"', "X-Repo-Commit": REVISION}

FETCH = """
import pickle, sys
from pathlib import Path
from engine.models.digest import sha256_of
from engine.models.fetch import fetch
entry, folder, shelf = pickle.loads(Path(sys.argv[1]).read_bytes())
print(sha256_of(fetch(entry, folder, lambda _: None, shelf=shelf)))
"""


def test_the_hub_comes_first_and_goes_on_where_it_stopped(
    shop: Shop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Site(files={PATH: shop.gguf}, headers=HEADERS) as hub:
        monkeypatch.setenv("HF_ENDPOINT", f"http://{hub.address}")
        shop.folder.mkdir(parents=True)
        (shop.folder / f"{FILE}.part").write_bytes(shop.gguf[:1000])
        _check_fetches(shop, tmp_path)
        assert hub.starts(PATH) == [1000]
    assert shop.site.asked == []


@pytest.mark.parametrize("failure", ["closed", "offline", "unknown", "altered", "shorter"])
def test_where_the_hub_fails_the_index_serves(
    shop: Shop, closed: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, failure: str
) -> None:
    bodies = {"unknown": {}, "altered": {PATH: bytes(len(shop.gguf))}, "shorter": {PATH: shop.gguf[:-1]}}
    with Site(files=bodies.get(failure, {PATH: shop.gguf}), headers=HEADERS) as hub:
        monkeypatch.setenv("HF_ENDPOINT", f"http://{closed if failure == 'closed' else hub.address}")
        if failure == "offline":
            monkeypatch.setenv("HF_HUB_OFFLINE", "1")
        _check_fetches(shop, tmp_path)
        assert bool(hub.asked) == (failure in {"altered", "shorter"})
    assert shop.site.asked


def _check_fetches(shop: Shop, tmp_path: Path) -> None:
    """With a hub before the index, fetching gives the model's bytes and prints nothing of its own."""
    local, index = shop.entry.sources
    entry = msgspec.structs.replace(shop.entry, sources=(local, Hub("owner/tiny", REVISION, FILE), index))
    arguments = tmp_path / "arguments"
    arguments.write_bytes(pickle.dumps((entry, shop.folder, shop.shelf)))
    command = [sys.executable, "-c", FETCH, str(arguments)]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=120)
    assert (done.stdout.strip(), done.stderr) == (entry.sha256, "")
