from __future__ import annotations

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lsp.settings import Settings, resolve

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
UNWRITABLE = "no name or path has NUL or half a character in it."
NAMES = [field.encode_name for field in msgspec.structs.fields(Settings)]


def test_nothing_sent_means_the_defaults() -> None:
    assert resolve() == resolve(None) == resolve({}) == (Settings(), ())


def test_later_layers_win_and_leave_the_rest() -> None:
    settings, problems = resolve({"deadlineMs": 200, "enabled": False}, {"tandem": {"deadlineMs": 300}})
    assert problems == ()
    assert settings == Settings(enabled=False, deadline_ms=300)


@pytest.mark.parametrize(
    ("sent", "sentence"),
    [
        ({"deadlineMs": "fast"}, 'The setting "tandem.deadlineMs" was not used: expected float, got str.'),
        ({"candidates": 9}, 'The setting "tandem.candidates" was not used: expected int <= 5.'),
        ({"eagerness": "loud"}, "The setting \"tandem.eagerness\" was not used: invalid enum value 'loud'."),
        ({"languages": {"python": 1}}, 'The setting "tandem.languages" was not used: expected bool, got int.'),
        ({"model": "~a\0b"}, f'The setting "tandem.model" was not used: {UNWRITABLE}'),
        ({"device": "\ud800"}, f'The setting "tandem.device" was not used: {UNWRITABLE}'),
        ({"colour": "grey"}, 'Tandem has no setting "colour"; it was ignored.'),
        (["enabled"], "Tandem's settings must be an object; a list was ignored."),
        ({"tandem": 3}, "Tandem's settings must be an object; a number was ignored."),
    ],
)
def test_a_bad_value_is_named_and_the_rest_is_used(sent: object, sentence: str) -> None:
    settings, problems = resolve({"blockTokens": 99}, sent)
    assert problems == (sentence,)
    assert settings == Settings(block_tokens=99)


@given(layers=st.lists(JSON | st.dictionaries(st.sampled_from([*NAMES, "tandem"]), JSON, max_size=5), max_size=3))
def test_resolving_never_fails_and_always_gives_valid_settings(layers: list[object]) -> None:
    settings, _ = resolve(*layers)
    assert msgspec.convert(msgspec.to_builtins(settings), Settings) == settings


def test_a_pattern_too_long_for_a_file_s_name_is_left_out_and_named() -> None:
    settings, problems = resolve({"exclude": ["[" * 20_000]})
    assert settings.exclude == ()
    (problem,) = problems
    assert problem.startswith('The setting "tandem.exclude" was not used')
