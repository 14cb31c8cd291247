from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from support.repetitive import SOURCE

from lsp.eval.asking import ask_all
from lsp.eval.cut import choose, cut
from lsp.eval.sources import Source, laid_out, place_of
from lsp.eval.variant import variant
from lsp.headless import Document, Editor

if TYPE_CHECKING:
    from pathlib import PurePath

THINGS = Source("things", "src/things.py", "python", SOURCE * 2)
CASES = choose(list(cut([THINGS])), 5)


@pytest.mark.parametrize("unhurried", [True, False])
async def test_nobody_is_told_what_stood_in_the_hole(unhurried: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    opened: list[tuple[str, str]] = []
    plain = Editor.open

    def see(editor: Editor, path: PurePath, text: str) -> Document:
        opened.append((Path(path).read_text("utf-8"), text))
        return plain(editor, path, text)

    monkeypatch.setattr(Editor, "open", see)
    monkeypatch.setattr("lsp.eval.asking.READ_S", 0.0)
    way = variant("filtered", {}, unhurried=unhurried)
    steps: list[None] = []
    with laid_out([THINGS]) as root:
        status, outcomes = await ask_all(
            ["--device", "null"], way, CASES, root,
            unhurried=unhurried, report=lambda _: None, progress=lambda: steps.append(None),
        )  # fmt: skip
        assert place_of(root, THINGS).read_text("utf-8") == THINGS.text
    assert status.device == "null"
    assert [outcome.case for outcome in outcomes] == [case.name for case in CASES]
    assert len(steps) == len(CASES)
    for case, (on_disk, text) in zip(CASES, opened, strict=True):
        assert on_disk == case.before + case.after
        assert text == (on_disk if unhurried else case.before[:-1] + case.after)
