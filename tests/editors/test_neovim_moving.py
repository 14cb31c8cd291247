"""Another model or device in a real Neovim: nothing is restarted, and a file that is open is served on."""

from __future__ import annotations

from typing import TYPE_CHECKING

import psutil
import pytest
from editors.neovim import running
from editors.texts import ADD
from support import tiny

if TYPE_CHECKING:
    from pathlib import Path

    from editors.neovim import Neovim

pytestmark = pytest.mark.slow

_CHOOSE = "require('tandem').configure({ model = select(1, ...), device = select(2, ...) })"
_MODEL = "local report = require('tandem.status').report() return report and report.model == ..."
_REASON = "return require('tandem.status').reason():find(..., 1, true)"


def _suggests(nvim: Neovim) -> None:
    nvim.keys("<Esc>Go<CR>0<C-d>")  # below a blank line, without the indent of the line above
    nvim.type("    return l")
    nvim.shows("eft + right")
    nvim.keys("<Tab>")
    nvim.until("return vim.api.nvim_get_current_line() == ...", "    return left + right")


def test_the_model_is_another_one_and_the_server_is_not(tmp_path: Path) -> None:
    folder = str(tiny.make_bundle(tmp_path).root)
    with running(tmp_path) as nvim:
        nvim.edit(tmp_path / "a.py", f"{ADD}\n")
        _suggests(nvim)
        server = nvim.server()
        nvim.lua(_CHOOSE, folder, "cpu")
        nvim.until(_MODEL, "tiny")
        nvim.lua(_CHOOSE, folder, "null")
        nvim.until(_MODEL, "null")
        _suggests(nvim)
        assert nvim.server() == server
        assert psutil.pid_exists(server.pid)


def test_where_it_cannot_move_it_says_why_and_goes_on(tmp_path: Path) -> None:
    with running(tmp_path) as nvim:
        nvim.edit(tmp_path / "a.py", f"{ADD}\n")
        nvim.lua(_CHOOSE, "auto", "abacus")
        nvim.until(_REASON, "The engine did not move to auto on abacus: There is no device 'abacus'")
        _suggests(nvim)
