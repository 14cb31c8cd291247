from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from engine.errors import UnknownModel
from engine.models.catalog import CATALOGUE, LARGE, QWEN, SMOLLM, Entry, LocalFile, PackageIndex, find
from engine.models.gguf import Gguf
from engine.models.quantize import FLOAT16

if TYPE_CHECKING:
    from pathlib import Path

CONTROL_TOKEN = 3  # in tokenizer.ggml.token_type


@pytest.mark.parametrize("entry", CATALOGUE, ids=lambda entry: entry.name)
def test_every_entry_is_found_and_has_a_file_by_hand_first_and_the_index_last(entry: Entry) -> None:
    assert find(entry.name) is entry
    assert entry.sources[0] == LocalFile(entry.file)
    assert isinstance(entry.sources[-1], PackageIndex)


@pytest.mark.parametrize("entry", CATALOGUE, ids=lambda entry: entry.name)
def test_every_entry_is_found_in_float16_from_the_same_weights(entry: Entry) -> None:
    half = find(f"{entry.name}-fp16")
    assert half == entry.in_half == entry.in_half.in_half
    assert (half.precision, half.sha256, half.sources) == (FLOAT16, entry.sha256, entry.sources)


def test_an_unknown_name_is_told_which_there_are() -> None:
    with pytest.raises(UnknownModel, match=f"{LARGE.name} or {QWEN.name} or {SMOLLM.name}"):
        find("gpt-5")


@pytest.mark.model
@pytest.mark.parametrize(("entry", "weights"), [(QWEN, "qwen_gguf"), (SMOLLM, "smollm_gguf")])
def test_every_control_token_of_the_weights_is_a_stop(
    entry: Entry, weights: str, request: pytest.FixtureRequest
) -> None:
    path: Path = request.getfixturevalue(weights)
    with Gguf(path) as file:
        tokens = file.values("tokenizer.ggml.tokens", str)
        kinds = file.values("tokenizer.ggml.token_type", int)
    control = {token for token, kind in zip(tokens, kinds, strict=True) if kind == CONTROL_TOKEN}
    assert control <= set(entry.prompt.stops)
    assert set(entry.prompt.opening + entry.prompt.middle) <= set(entry.prompt.stops) <= set(tokens)
