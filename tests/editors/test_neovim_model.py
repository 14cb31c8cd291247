"""One pass with a real model in a real Neovim."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from editors.neovim import running
from editors.texts import BASKET

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = [pytest.mark.slow, pytest.mark.model]


@pytest.mark.usefixtures("smollm_bundle")
def test_a_model_suggests_and_what_it_suggests_is_written(tmp_path: Path) -> None:
    path = tmp_path / "basket.py"
    with running(tmp_path, {"model": "smollm2-135m", "device": "auto"}) as nvim:
        nvim.edit(path, BASKET)
        nvim.keys("Go")
        nvim.type("return sum(")
        nvim.keys("<M-Bslash>")
        nvim.until("return require('tandem.ghost').rest()")
        nvim.until("return next(open_questions) == nil")
        suggested = nvim.lua("return require('tandem.ghost').rest()")
        nvim.keys("<Tab>")
        nvim.until("return table.concat(vim.api.nvim_buf_get_lines(0, 0, -1, true), '\\n'):find(..., 1, true)",
                   "return sum(" + suggested)  # fmt: skip
        nvim.keys("<Esc>")
        nvim.command("write")
        assert "return sum(" + suggested in path.read_text("utf-8")
        assert nvim.lua("return require('tandem.status').report().model") == "smollm2-135m"
