from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from support.exported import MARKERS, write_tokenizer

from engine.errors import BundleError
from engine.messages import NO_BACKGROUND, Frame
from engine.models.families import FAMILIES, Family, recognise
from engine.models.spelling import read_tokenizer
from engine.prompt import PromptBuilder
from engine.tokenizer import Tokenizer

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize("family", FAMILIES, ids=lambda family: family.name)
def test_a_family_is_told_by_its_tokens_and_its_prompt_has_each_as_one(family: Family, tmp_path: Path) -> None:
    markers = [*family.needed, *([family.start] if family.start else []), "<|other|>"]
    write_tokenizer(tmp_path / "tokenizer.json", markers)
    backend = read_tokenizer(tmp_path / "tokenizer.json")
    found, form = recognise(backend)
    assert found is family
    assert set(form.stops) == set(markers)
    tokenizer = Tokenizer(backend)
    ids = PromptBuilder(tokenizer, form, 128).build("ab", Frame(NO_BACKGROUND, "yz")).ids
    around = [tokenizer.special(name) for name in (family.start, *family.opening) if name]
    assert ids == (*around, *b"yz", *map(tokenizer.special, family.middle), *b"ab")


@pytest.mark.parametrize("family", FAMILIES, ids=lambda family: family.name)
def test_the_names_of_markers_in_a_text_are_text_and_markers_have_none(family: Family, tmp_path: Path) -> None:
    write_tokenizer(tmp_path / "tokenizer.json", family.needed)
    backend = read_tokenizer(tmp_path / "tokenizer.json")
    tokenizer = Tokenizer(backend)
    text = f"a {' '.join(family.needed)} b"
    ids = tokenizer.encode(text).ids
    assert tokenizer.decode(ids) == text
    specials = {tokenizer.special(name) for name in family.needed}
    assert specials.isdisjoint(ids)
    assert tokenizer.join(specials) == b""


def test_added_words_that_are_no_markers_stay_text(tmp_path: Path) -> None:
    write_tokenizer(tmp_path / "tokenizer.json", [*MARKERS, "õ", "<table>"])
    tokenizer = Tokenizer(read_tokenizer(tmp_path / "tokenizer.json"))
    encoded = tokenizer.encode("x <table> õ")
    assert tokenizer.decode(encoded.ids) == "x <table> õ"
    assert len(encoded.ids) == 5


def test_a_model_that_fills_in_nothing_is_refused_with_the_families_that_can(tmp_path: Path) -> None:
    write_tokenizer(tmp_path / "tokenizer.json", ["<|endoftext|>"])
    with pytest.raises(BundleError, match="CodeGemma, Qwen, StarCoder, SantaCoder, DeepSeek, Codestral"):
        recognise(read_tokenizer(tmp_path / "tokenizer.json"))


@pytest.mark.parametrize("text", ["{", "[]", '{"added_tokens": [1]}'])
def test_what_is_no_tokenizer_is_one_sentence(text: str, tmp_path: Path) -> None:
    (tmp_path / "tokenizer.json").write_text(text)
    with pytest.raises(BundleError, match="is no tokenizer") as refused:
        read_tokenizer(tmp_path / "tokenizer.json")
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize("family", [family for family in FAMILIES if family.file], ids=lambda family: family.name)
def test_a_family_that_knows_files_is_given_others_where_its_vocabulary_has_their_mark(
    family: Family, tmp_path: Path
) -> None:
    known = [each for each in (family.project, family.file) if each and each not in family.needed]
    write_tokenizer(tmp_path / "tokenizer.json", [*family.needed, *known])
    _, form = recognise(read_tokenizer(tmp_path / "tokenizer.json"))
    assert (form.project, form.file) == (family.project, family.file)


def test_an_older_vocabulary_without_the_mark_of_a_file_is_of_the_family_too(tmp_path: Path) -> None:
    write_tokenizer(tmp_path / "tokenizer.json", ["<fim_prefix>", "<fim_suffix>", "<fim_middle>"])
    family, form = recognise(read_tokenizer(tmp_path / "tokenizer.json"))
    assert (family.name, form.project, form.file) == ("StarCoder", "", "")
