from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from lsp.commands.files import project_of
from lsp.context.workspace import MARKS

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize("mark", MARKS)
def test_a_project_is_the_nearest_folder_with_a_mark(mark: str, tmp_path: Path) -> None:
    inner = tmp_path / "outer" / "inner"
    (inner / "deep").mkdir(parents=True)
    (tmp_path / "outer" / mark).touch()
    file = inner / "deep" / "a.py"
    assert project_of(file) == tmp_path / "outer"
    (inner / mark).mkdir()  # as .git is; a submodule's is a file
    assert project_of(file) == inner


def test_without_a_project_it_is_the_files_own_folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("lsp.context.workspace.MARKS", ("no such mark",))
    monkeypatch.chdir(tmp_path)
    assert project_of(tmp_path / "b" / "a.py") == tmp_path / "b"
    assert project_of(type(tmp_path)("a.py")) == tmp_path
