from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from support.cores import CODE, merging_tokenizer

from engine.errors import BundleError
from engine.tokenizer import NULL_SPECIALS, Tokenizer, byte_tokenizer, whole_characters

if TYPE_CHECKING:
    from pathlib import Path

TOKENIZERS = [byte_tokenizer(), merging_tokenizer()]
texts = st.lists(st.text(max_size=12) | st.sampled_from([*NULL_SPECIALS, "total", "\r\n", "    ", "é😀"])).map("".join)


@pytest.mark.parametrize("tokenizer", TOKENIZERS)
@given(text=texts)
@example(text="a<|middle|><|end|>b")
def test_every_text_comes_back_and_names_of_special_tokens_are_text(tokenizer: Tokenizer, text: str) -> None:
    encoded = tokenizer.encode(text)
    assert tokenizer.decode(encoded.ids) == text
    assert all(map(tokenizer.bytes_of, encoded.ids))
    assert len(encoded.ids) == len(encoded.ends) == len(encoded.words)
    assert encoded.ends[-1:] == ([len(text)] if text else [])


def test_the_byte_tokenizer_numbers_bytes_by_value() -> None:
    tokenizer = byte_tokenizer()
    assert tokenizer.encode("aé\n").ids == list("aé\n".encode())
    assert [tokenizer.special(name) for name in NULL_SPECIALS] == [256, 257, 258, 259]
    assert tokenizer.size == 260


def test_special_tokens_and_strangers_have_no_bytes() -> None:
    tokenizer = merging_tokenizer()
    assert tokenizer.bytes_of(tokenizer.special("<|end|>")) == b""
    assert tokenizer.bytes_of(tokenizer.size) == b""
    with pytest.raises(BundleError, match="no special token <fim>"):
        tokenizer.special("<fim>")


prefixes = st.sampled_from([b"", b"t", b" to", b" total", b"\n   ", b"\xc3", b"\xff", b"\xff\xff", b"zq"]) | st.binary(
    max_size=3
)


@given(prefixes)
def test_look_ups_by_prefix_find_what_a_search_through_the_vocabulary_finds(prefix: bytes) -> None:
    tokenizer = merging_tokenizer()
    pieces = {token: tokenizer.bytes_of(token) for token in range(tokenizer.size) if tokenizer.bytes_of(token)}
    longer = {token for token, piece in pieces.items() if piece.startswith(prefix)}
    assert set(tokenizer.starting_with(prefix).tolist()) == longer
    assert tokenizer.is_inside_a_token(prefix) == any(pieces[token] != prefix for token in longer)
    shorter = {token for token, piece in pieces.items() if prefix.startswith(piece) and piece != prefix}
    assert set(tokenizer.within(prefix)) == shorter


@given(st.text(), st.binary(max_size=6))
def test_broken_and_incomplete_characters_are_held_back(text: str, tail: bytes) -> None:
    kept = whole_characters(text.encode() + tail)
    assert kept.startswith(text)
    assert (text.encode() + tail).startswith(kept.encode())
    for cut in range(len(text.encode())):
        assert text.startswith(whole_characters(text.encode()[:cut]))


def test_a_saved_tokenizer_is_the_same(tmp_path: Path) -> None:
    tokenizer = merging_tokenizer()
    path = tmp_path / "tokenizer.json"
    tokenizer._backend.save(str(path))
    assert Tokenizer.load(path).encode(CODE) == tokenizer.encode(CODE)


@pytest.mark.parametrize("text", ["{}", "junk"])
def test_a_file_that_is_no_tokenizer_is_refused_in_one_line(text: str, tmp_path: Path) -> None:
    path = tmp_path / "tokenizer.json"
    path.write_text(text)
    with pytest.raises(BundleError, match="is no tokenizer") as refused:
        Tokenizer.load(path)
    assert "\n" not in str(refused.value)
