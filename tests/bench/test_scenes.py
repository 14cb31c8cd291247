from __future__ import annotations

from typing import TYPE_CHECKING

from bench.revising import revised
from bench.scenes import scenes
from hypothesis import given
from hypothesis import strategies as st

from lsp.replay.typist import type_file

if TYPE_CHECKING:
    from lsp.replay.script import Script

FILE = "const one = 1;\n\nfunction twice(number) {\n    return number + number;\n}\n\nconst two = twice(one);\n" * 8


def result(script: Script) -> str:
    text = script.start
    for key in script.keys:
        for edit in key.edits:
            text = edit.apply(text)
    return text


def test_every_scene_leads_to_its_end() -> None:
    found = scenes()
    assert len({scene.script.name for scene in found}) == len({scene.path for scene in found}) == len(found)
    for scene in found:
        assert len(scene.script.keys) > 300
        assert result(scene.script) == scene.script.end


def test_files_have_the_length_that_their_scene_says() -> None:
    lines = {scene.path.name: scene.script.end.count("\n") for scene in scenes()}
    for name, count in lines.items():
        if "_" in name:
            assert abs(count - int(name.partition("_")[2].partition(".")[0])) <= 2


@given(st.integers())
def test_revisions_add_keys_and_change_no_end(seed: int) -> None:
    plain = type_file("a.ts", FILE)
    found = revised(plain, seed)
    assert result(found) == found.end == plain.end
    assert set(plain.keys) <= set(found.keys)
    assert revised(plain, seed) == found


def test_revisions_jump_and_delete_in_the_middle_of_lines() -> None:
    plain = type_file("a.ts", FILE)
    extra = len(revised(plain, 1).keys) - len(plain.keys)
    assert extra > 0
    removals = [key for key in revised(plain, 1).keys if key.edits[0].deleted == 1 and not key.edits[0].inserted]
    assert removals
    assert any(key.cursor < max(other.cursor for other in plain.keys) - 100 for key in removals)
