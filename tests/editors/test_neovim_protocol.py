"""What a real Neovim with Tandem's own trigger says to the server, and does with what it hears."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from editors.texts import RETURNS

if TYPE_CHECKING:
    from pathlib import Path

    from editors.neovim import Neovim

pytestmark = pytest.mark.slow

_NOTE_SENT = """\
sent = {}
for event, field in pairs({ LspNotify = 'method', LspRequest = 'request' }) do
  vim.api.nvim_create_autocmd(event, { callback = function(note)
    local what = note.data[field]
    sent[#sent + 1] = type(what) == 'table' and what.type .. ' ' .. what.method or what
  end })
end
"""
_GROW = """\
local text, behind = ...
local row, column = unpack(vim.api.nvim_win_get_cursor(0))
local place = { line = row - 1, character = column }
require('tandem.ask').grown({
  textDocument = { uri = vim.uri_from_bufnr(0), version = vim.lsp.util.buf_versions[vim.fn.bufnr()] - behind },
  items = { { insertText = text, range = { start = place, ['end'] = place } } },
})
"""
_OFFER = """\
local items = vim.tbl_map(function(text) return { insertText = text } end, { ... })
local client = vim.lsp.get_clients({ name = 'tandem' })[1]
require('tandem.ghost').show(require('tandem.place').here(), client, items)
"""


def _suggest(nvim: Neovim, path: Path) -> None:
    nvim.edit(path, RETURNS)
    nvim.keys("Go")
    nvim.type("return le")
    nvim.shows("ft + right")


def test_a_longer_answer_takes_the_place_of_what_it_continues(nvim: Neovim, tmp_path: Path) -> None:
    _suggest(nvim, tmp_path / "a.py")
    nvim.lua(_GROW, "ft + right + more", 0)
    nvim.shows("ft + right + more")
    nvim.lua(_GROW, "ft + right for an older text", 1)
    nvim.shows("ft + right + more")
    nvim.keys("<C-]>")
    nvim.until("return not require('tandem.ghost').rest()")
    nvim.lua(_GROW, "ft + right, which was dismissed", 0)
    nvim.shows_nothing()


def test_the_server_knows_that_answers_may_grow(nvim: Neovim, tmp_path: Path) -> None:
    nvim.edit(tmp_path / "a.py", RETURNS)
    capabilities = nvim.lua("return vim.lsp.get_clients({ name = 'tandem' })[1].capabilities")
    assert capabilities["experimental"] == {"tandem": {"grown": True}}


def test_a_question_that_is_superseded_is_called_off(nvim: Neovim, tmp_path: Path) -> None:
    nvim.edit(tmp_path / "a.py", RETURNS)
    nvim.lua(_NOTE_SENT)
    nvim.keys("Go")
    server = nvim.server()
    server.suspend()
    try:
        nvim.type("r")
        nvim.type("e")
        sent = [what for what in nvim.lua("return sent") if what.endswith("/inlineCompletion")]
    finally:
        server.resume()
    assert sent[-2:] == ["pending textDocument/inlineCompletion", "cancel textDocument/inlineCompletion"]
    nvim.shows("turn left + right")


def test_the_server_is_told_where_the_cursor_rests(nvim: Neovim, tmp_path: Path) -> None:
    nvim.edit(tmp_path / "a.py", RETURNS)
    nvim.lua(_NOTE_SENT)
    nvim.keys("gg")
    nvim.keys("j")
    nvim.until("return vim.list_contains(sent, 'tandem/didMoveCursor')")


def test_several_suggestions_are_counted_and_cycled_through(nvim: Neovim, tmp_path: Path) -> None:
    nvim.edit(tmp_path / "a.py", RETURNS)
    nvim.keys("Go")
    nvim.shows("return left + right")
    nvim.lua(_OFFER, "first()", "second()", "third()")
    nvim.shows("first() (1/3)")
    for key, text in (("<M-]>", "second() (2/3)"), ("<M-[>", "first() (1/3)"), ("<M-[>", "third() (3/3)")):
        nvim.keys(key)
        nvim.shows(text)
    nvim.keys("<Tab>")
    nvim.until("return vim.api.nvim_get_current_line() == '    third()'")


def test_suggestions_come_also_when_asked_for(nvim: Neovim, tmp_path: Path) -> None:
    _suggest(nvim, tmp_path / "a.py")
    nvim.keys("<C-]>")
    nvim.until("return not require('tandem.ghost').rest()")
    nvim.keys("<M-Bslash>")
    nvim.shows("ft + right")
