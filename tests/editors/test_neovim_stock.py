"""A real Neovim that asks and shows by itself, with Tandem's server and Tandem's accepts."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from editors.texts import COUNTS, RETURNS

if TYPE_CHECKING:
    from pathlib import Path

    from editors.neovim import Neovim

pytestmark = pytest.mark.slow


def _until_line(nvim: Neovim, line: str) -> None:
    nvim.until("return vim.api.nvim_get_current_line() == ...", line)


def _suggest(nvim: Neovim, path: Path) -> None:
    nvim.edit(path, RETURNS)
    nvim.keys("Go")
    nvim.type("return le")
    nvim.shows("ft + right")


def test_a_suggestion_appears_and_is_taken(stock_nvim: Neovim, tmp_path: Path) -> None:
    _suggest(stock_nvim, tmp_path / "a.py")
    assert "    return left + right" in stock_nvim.screen[5]
    stock_nvim.keys("<Tab>")
    _until_line(stock_nvim, "    return left + right")
    stock_nvim.keys("<Esc>u")
    _until_line(stock_nvim, "    return le")


def test_typing_through_goes_on_with_the_rest(stock_nvim: Neovim, tmp_path: Path) -> None:
    _suggest(stock_nvim, tmp_path / "a.py")
    stock_nvim.type("ft")
    stock_nvim.shows(" + right")
    stock_nvim.keys("<Tab>")
    _until_line(stock_nvim, "    return left + right")


def test_typing_anything_else_takes_it_away(stock_nvim: Neovim, tmp_path: Path) -> None:
    _suggest(stock_nvim, tmp_path / "a.py")
    stock_nvim.type("x")
    stock_nvim.until("return #vim.api.nvim_buf_get_extmarks("
                     "0, vim.api.nvim_get_namespaces()['nvim.lsp.inline_completion'], 0, -1, {}) == 0")  # fmt: skip


def test_a_word_and_a_line_at_a_time(stock_nvim: Neovim, tmp_path: Path) -> None:
    stock_nvim.edit(tmp_path / "a.py", COUNTS)
    stock_nvim.keys("Go")
    stock_nvim.shows("count = len(items)\n    return count")
    stock_nvim.keys("<M-Right>")
    _until_line(stock_nvim, "    count")
    stock_nvim.shows(" = len(items)\n    return count")
    stock_nvim.keys("<M-C-Right>")
    _until_line(stock_nvim, "    count = len(items)")


def test_line_endings_stay_what_they_are(stock_nvim: Neovim, tmp_path: Path) -> None:
    path = tmp_path / "a.py"
    stock_nvim.edit(path, COUNTS.replace("\n", "\r\n"))
    stock_nvim.keys("Go")
    stock_nvim.until("return #vim.api.nvim_buf_get_extmarks("
                     "0, vim.api.nvim_get_namespaces()['nvim.lsp.inline_completion'], 0, -1, {}) == 1")  # fmt: skip
    stock_nvim.keys("<Tab>")
    _until_line(stock_nvim, "    return count")
    stock_nvim.keys("<Esc>")
    stock_nvim.command("write")
    text = path.read_bytes()
    assert text.count(b"\r") == text.count(b"\n") == text.count(b"\r\n")


def test_tab_indents_where_the_line_is_due_to_be_deeper(stock_nvim: Neovim, tmp_path: Path) -> None:
    stock_nvim.edit(tmp_path / "a.py", RETURNS)
    stock_nvim.command("setlocal indentexpr= noautoindent")
    stock_nvim.keys("Go<Tab>")
    _until_line(stock_nvim, "    ")
    stock_nvim.shows("return left + right")
    stock_nvim.keys("<Tab>")
    _until_line(stock_nvim, "    return left + right")
