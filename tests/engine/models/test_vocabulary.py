from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from gguf import GGUFWriter, TokenType
from hypothesis import given, settings
from hypothesis import strategies as st
from support.bpe import ReferenceBpe, byte_letters
from support.corpus import HARD, corpus
from tokenizers import Tokenizer

from engine.errors import GraphError
from engine.models.vocabulary import write_tokenizer

if TYPE_CHECKING:
    from pathlib import Path

MERGES = ["Ġ Ġ", "ĠĠ ĠĠ", "d e", "de f", "Ġ a", "č Ċ", "Ċ Ċ", "e r", "Ã ©", "i n", "in t", "Ġ int", "a n", "an d"]
SPECIAL = {"<|end|>": TokenType.CONTROL, "<tool>": TokenType.USER_DEFINED, "[PAD1]": TokenType.UNUSED}
MEGABYTE = 1_000_000


def write_vocabulary(path: Path, pre: str, *, model: str = "gpt2") -> None:
    tokens = [*byte_letters(), *("".join(merge.split()) for merge in MERGES), *SPECIAL]
    writer = GGUFWriter(path, "llama")
    writer.add_tokenizer_model(model)
    writer.add_tokenizer_pre(pre)
    writer.add_token_list(tokens)
    writer.add_token_types([SPECIAL.get(token, TokenType.NORMAL) for token in tokens])
    writer.add_token_merges(MERGES)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.close()


def load(gguf: Path, folder: Path) -> Tokenizer:
    write_tokenizer(gguf, folder)
    return Tokenizer.from_file(str(folder / "tokenizer.json"))


@pytest.fixture(scope="module", params=["qwen2", "smollm"])
def both(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> tuple[Tokenizer, ReferenceBpe]:
    folder = tmp_path_factory.mktemp("vocabulary")
    write_vocabulary(folder / "model.gguf", request.param)
    return load(folder / "model.gguf", folder), ReferenceBpe(folder / "model.gguf")


def check_equal(tokenizer: Tokenizer, reference: ReferenceBpe, text: str) -> None:
    ids = tokenizer.encode(text).ids
    assert ids == reference.encode(text)
    assert tokenizer.decode(ids, skip_special_tokens=False) == text


@settings(deadline=None)
@given(text=st.lists(st.sampled_from(HARD) | st.text("def aint er\n\r\t1'sé", max_size=8)).map("".join))
def test_equals_the_definition(both: tuple[Tokenizer, ReferenceBpe], text: str) -> None:
    check_equal(*both, text)


def test_special_tokens_are_single_and_left_out_of_text(both: tuple[Tokenizer, ReferenceBpe]) -> None:
    tokenizer, _ = both
    for special in SPECIAL:
        (id_,) = tokenizer.encode(special).ids
        assert tokenizer.id_to_token(id_) == special
        assert tokenizer.decode(tokenizer.encode(f"a{special}b").ids) == "ab"


def test_a_document_can_hold_the_name_of_a_special_token(both: tuple[Tokenizer, ReferenceBpe]) -> None:
    tokenizer, _ = both
    tokenizer.encode_special_tokens = True
    try:
        text = f"print('{next(iter(SPECIAL))}')"
        assert tokenizer.decode(tokenizer.encode(text).ids) == text
    finally:
        tokenizer.encode_special_tokens = False


@pytest.mark.parametrize(("pre", "model", "words"), [("deepseek", "gpt2", "splits"), ("qwen2", "llama", "byte-level")])
def test_another_vocabulary_is_refused(tmp_path: Path, pre: str, model: str, words: str) -> None:
    write_vocabulary(tmp_path / "model.gguf", pre, model=model)
    with pytest.raises(GraphError, match=words):
        write_tokenizer(tmp_path / "model.gguf", tmp_path)


@pytest.mark.slow
@pytest.mark.model
@pytest.mark.parametrize("model", ["qwen_gguf", "smollm_gguf"])
def test_a_megabyte_of_code_equals_the_definition(model: str, request: pytest.FixtureRequest, tmp_path: Path) -> None:
    gguf = request.getfixturevalue(model)
    text = corpus()
    assert len(text.encode()) >= MEGABYTE
    check_equal(load(gguf, tmp_path), ReferenceBpe(gguf), text)
