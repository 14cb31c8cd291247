from __future__ import annotations

from itertools import pairwise, takewhile

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.cores import CODE, merging_tokenizer

from engine.errors import BundleError
from engine.messages import NO_BACKGROUND, Background, Excerpt, Frame
from engine.prompt import NULL_FORMAT, PromptBuilder, PromptFormat, recent, tokens_to_take_back
from engine.tokenizer import Tokenizer, byte_tokenizer

FILE, SUFFIX, MIDDLE = 256, 257, 258  # in the byte tokenizer


def alone(suffix: str) -> Frame:
    return Frame(NO_BACKGROUND, suffix)


def builder(context_tokens: int, tokenizer: Tokenizer | None = None) -> PromptBuilder:
    return PromptBuilder(tokenizer or byte_tokenizer(), NULL_FORMAT, context_tokens)


def shared(before: tuple[int, ...], after: tuple[int, ...]) -> int:
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(before, after, strict=False)))


def test_the_suffix_comes_first_and_the_prefix_last() -> None:
    assert bytes(builder(64).build("ab", alone("yz")).ids[1:3]) == b"yz"
    assert builder(64).build("ab", alone("yz")).ids == (SUFFIX, *b"yz", MIDDLE, *b"ab")
    assert builder(64).build("", alone("")).ids == (SUFFIX, MIDDLE)


def test_a_prompt_without_any_special_token_could_be_empty_and_is_refused() -> None:
    with pytest.raises(BundleError, match="no special token before the prefix"):
        PromptBuilder(byte_tokenizer(), PromptFormat(opening=(), middle=(), stops=()), 64)


def test_a_long_suffix_is_cut_at_a_line_end_or_at_its_share() -> None:
    ids = builder(64).build("", alone("one\ntwo\nthree is long")).ids
    assert bytes(ids[1:-1]) == b"one\ntwo\n"
    ids = builder(64).build("", alone("a" * 100)).ids
    assert bytes(ids[1:-1]) == b"a" * 16
    assert bytes(builder(64).build("", alone("x" * 15 + "\n")).ids[1:-1]) == b"x" * 15 + b"\n"


@given(st.text(alphabet="ab \n", max_size=300), st.text(alphabet="ab \n", max_size=300))
def test_room_is_left_for_the_completion(prefix: str, suffix: str) -> None:
    for tokenizer in (byte_tokenizer(), merging_tokenizer()):
        assert 0 < len(builder(80, tokenizer).build(prefix, alone(suffix)).ids) <= 60


@given(st.lists(st.integers(), max_size=200), st.integers(1, 50))
def test_recent_items_start_at_hops(items: list[int], limit: int) -> None:
    kept = list(recent(items, limit))
    start = len(items) - len(kept)
    assert kept == items[start:]
    assert len(kept) == len(items) if len(items) <= limit else limit // 3 < len(kept) <= limit
    assert start % max(1, limit // 3) == 0


@given(st.text(alphabet="totalprice (.=:'\n    ", max_size=60))
def test_what_is_taken_back_is_all_that_is_missing(prefix: str) -> None:
    tokenizer = merging_tokenizer()
    prompt = builder(512, tokenizer).build(prefix, alone(""))
    assert tokenizer.join(prompt.ids) + prompt.taken_back == prefix.encode()
    assert not prompt.taken_back or tokenizer.is_inside_a_token(prompt.taken_back)


@pytest.mark.parametrize(
    ("text", "taken_back"),
    [
        ("total = pri", b" pri"),  # inside a word
        ("total = ", b" "),  # a space belongs to the word behind it
        ("for price in prices:\n    ", b"\n    "),  # more indentation may be meant
        ("    total = 0\n", b"\n"),
        ("return zqpri", b"pri"),  # nothing longer begins with qpri
        ("return zq", b""),
        ("", b""),
    ],
)
def test_tokens_that_may_be_part_of_a_longer_one_are_taken_back(text: str, taken_back: bytes) -> None:
    tokenizer = merging_tokenizer()
    encoded = tokenizer.encode(text)
    count = tokens_to_take_back(tokenizer, text, encoded)
    assert tokenizer.join(encoded.ids[len(encoded.ids) - count :]) == taken_back


def test_bytes_are_never_part_of_a_longer_token() -> None:
    assert builder(64).build("total = pri", alone("")).taken_back == b""


def test_typing_appends() -> None:
    tokenizer = merging_tokenizer()
    prompts = builder(1024, tokenizer)
    built = [prompts.build(CODE[:end], alone("\nprint(total)\n")).ids for end in range(len(CODE))]
    computed = sum(len(after) - shared(before, after) for before, after in pairwise(built))
    assert computed < 1.5 * len(built[-1])


def test_the_window_hops_rarely() -> None:
    prompts, text = builder(400), CODE * 3
    built = [prompts.build(text[:end], alone("")).ids for end in range(len(text))]
    hops = sum(after[: len(before)] != before for before, after in pairwise(built))
    assert 0 < hops <= len(text) // 99


def framed(*texts: str, suffix: str = "yz") -> Frame:
    excerpts = tuple(Excerpt(f"{number}.py", text) for number, text in enumerate(texts))
    return Frame(Background(project="p", path="me.py", excerpts=excerpts), suffix)


def test_other_files_come_before_the_suffix_each_under_its_path() -> None:
    ids = builder(256).build("ab", framed("one", "two\n")).ids
    assert ids == (FILE, *b"0.py\none\n", FILE, *b"1.py\ntwo\n", FILE, *b"me.py\n", SUFFIX, *b"yz", MIDDLE, *b"ab")


def test_a_projects_name_comes_first_where_the_model_knows_such() -> None:
    form = msgspec.structs.replace(NULL_FORMAT, project=NULL_FORMAT.file)
    ids = PromptBuilder(byte_tokenizer(), form, 256).build("ab", framed()).ids
    assert bytes(each for each in ids if each < FILE) == b"p\nme.py\nyzab"


def test_a_model_of_single_files_reads_no_other() -> None:
    form = msgspec.structs.replace(NULL_FORMAT, file="")
    prompts = PromptBuilder(byte_tokenizer(), form, 256)
    assert prompts.build("ab", framed("one")).ids == prompts.build("ab", alone("yz")).ids


def test_the_names_of_special_tokens_in_other_files_are_text() -> None:
    ids = builder(256).build("ab", framed("<|file|><|end|>")).ids
    assert [each for each in ids if each >= FILE] == [FILE, FILE, SUFFIX, MIDDLE]


def test_where_other_files_are_too_much_the_first_are_left_out() -> None:
    ids = builder(256).build("ab", framed("first", "x" * 30, "last")).ids
    assert b"first" not in bytes(each for each in ids if each < FILE)
    assert b"last" in bytes(each for each in ids if each < FILE)
    assert len(builder(64).build("ab", framed("x" * 1000)).ids) <= 48


@given(st.lists(st.text(max_size=200), max_size=4), st.text(max_size=60))
@settings(max_examples=50)
def test_what_is_typed_behind_other_files_only_appends(texts: list[str], suffix: str) -> None:
    prompts, frame = builder(2048), framed(*texts, suffix=suffix)
    shorter, longer = prompts.build("total = ", frame).ids, prompts.build("total = price", frame).ids
    assert longer[: len(shorter)] == shorter
