"""How ghost text looks in Neovim, for people to look at: pictures are kept of each run."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from editors.texts import COUNTS

if TYPE_CHECKING:
    from editors.neovim import Neovim

pytestmark = pytest.mark.slow

NUMBERS = 4
"""Columns that the numbers of the lines take."""
ARTEFACTS = Path(__file__).parents[2] / "test-artifacts"


@pytest.mark.parametrize("background", ["dark", "light"])
def test_ghost_text_is_told_apart_from_the_file(nvim: Neovim, tmp_path: Path, background: str) -> None:
    nvim.edit(tmp_path / "basket.py", COUNTS)
    nvim.command(f"set termguicolors number laststatus=2 noshowmode background={background}")
    nvim.lua("vim.o.statusline = \" %f %= tandem: %{v:lua.require'tandem'.status()} \"")
    nvim.keys("Go")
    nvim.shows("count = len(items)\n    return count")
    screen = nvim.draw(64, 12)
    ARTEFACTS.mkdir(exist_ok=True)
    ARTEFACTS.joinpath(f"neovim-{background}.svg").write_text(screen.svg(), "utf-8")
    (ghost,) = screen.looks(6, NUMBERS)
    assert screen.looks(7, NUMBERS) == {ghost}
    assert ghost not in screen.looks(1, NUMBERS)
