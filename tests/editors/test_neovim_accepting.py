"""Taking a suggestion in a real Neovim, whole or in pieces, and what Tab does otherwise."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from editors.texts import COUNTS, RETURNS

if TYPE_CHECKING:
    from pathlib import Path

    from editors.neovim import Neovim

pytestmark = pytest.mark.slow

_ACCEPTED = """\
local answer = vim.lsp.get_clients({ name = 'tandem' })[1]:request_sync('tandem/status', nil, 30000)
return answer.result.counts.accepted
"""


def _suggest(nvim: Neovim, path: Path) -> None:
    nvim.edit(path, RETURNS)
    nvim.keys("Go")
    nvim.type("return le")
    nvim.shows("ft + right")


def _until_line(nvim: Neovim, line: str) -> None:
    nvim.until("return vim.api.nvim_get_current_line() == ...", line)


def test_tab_takes_the_whole_and_the_server_hears_of_it(nvim: Neovim, tmp_path: Path) -> None:
    before = nvim.lua(_ACCEPTED) if nvim.lua("return #vim.lsp.get_clients()") else 0
    _suggest(nvim, tmp_path / "a.py")
    nvim.keys("<Tab>")
    _until_line(nvim, "    return left + right")
    assert nvim.cursor == [6, len("    return left + right")]
    nvim.until(f"return (function() {_ACCEPTED} end)() == ...", before + 1)
    nvim.shows_nothing()


def test_a_word_at_a_time_leaves_the_rest_on_screen(nvim: Neovim, tmp_path: Path) -> None:
    _suggest(nvim, tmp_path / "a.py")
    for line, rest in (("    return left", " + right"), ("    return left +", " right")):
        nvim.keys("<M-Right>")
        _until_line(nvim, line)
        nvim.shows(rest)
    nvim.keys("<M-Right>")
    _until_line(nvim, "    return left + right")
    nvim.shows_nothing()


def test_a_line_at_a_time_leaves_the_rest_on_screen(nvim: Neovim, tmp_path: Path) -> None:
    nvim.edit(tmp_path / "a.py", COUNTS)
    nvim.keys("Go")
    nvim.shows("count = len(items)\n    return count")
    nvim.keys("<M-C-Right>")
    _until_line(nvim, "    count = len(items)")
    nvim.shows("\n    return count")
    nvim.keys("<M-C-Right>")
    _until_line(nvim, "    return count")
    assert nvim.lines[-2:] == ["    count = len(items)", "    return count"]


@pytest.mark.parametrize(
    ("text", "word", "line"),
    [
        ("ft + right", "ft", "ft + right"),
        (" + right", " +", " + right"),
        ("\n    return x\n", "\n    return", "\n    return x"),
        ("naïve日本(x)", "naïve日本", "naïve日本(x)"),
        ("))\n", "))", "))"),
        ("  ", "  ", "  "),
    ],
)
def test_words_and_lines(nvim: Neovim, text: str, word: str, line: str) -> None:
    for kind, piece in (("word", word), ("line", line), ("whole", text)):
        assert nvim.lua("return require('tandem.pieces').first(...)", text, kind) == piece


def test_an_accept_is_one_step_of_undo(nvim: Neovim, tmp_path: Path) -> None:
    _suggest(nvim, tmp_path / "a.py")
    nvim.keys("<Tab>")
    _until_line(nvim, "    return left + right")
    nvim.type("  # sum")
    nvim.keys("<Esc>u")
    _until_line(nvim, "    return left + right")
    nvim.keys("u")
    _until_line(nvim, "    return le")
    nvim.keys("<C-r>")
    _until_line(nvim, "    return left + right")


def test_an_accept_of_several_lines_is_one_step_of_undo(nvim: Neovim, tmp_path: Path) -> None:
    nvim.edit(tmp_path / "a.py", COUNTS)
    nvim.keys("Go")
    nvim.shows("count = len(items)\n    return count")
    nvim.keys("<Tab>")
    _until_line(nvim, "    return count")
    nvim.keys("<Esc>u")
    nvim.until("return vim.api.nvim_buf_line_count(0) == 7")
    assert nvim.lines[-1].strip() == ""


def test_what_was_accepted_is_repeated_with_what_was_typed(nvim: Neovim, tmp_path: Path) -> None:
    _suggest(nvim, tmp_path / "a.py")
    nvim.keys("<Tab>")
    _until_line(nvim, "    return left + right")
    nvim.keys("<Esc>.")
    nvim.until("return vim.api.nvim_buf_line_count(0) == 7")
    assert nvim.lines[-2:] == ["    return left + right", "return left + right"]  # Python has no more below a return


def test_tab_indents_where_the_line_is_due_to_be_deeper(nvim: Neovim, tmp_path: Path) -> None:
    nvim.edit(tmp_path / "a.py", RETURNS)
    nvim.command("setlocal indentexpr= noautoindent")
    nvim.keys("Go")
    nvim.until("return require('tandem.ghost').rest()")
    nvim.keys("<Tab>")
    _until_line(nvim, "    ")
    nvim.shows("return left + right")
    nvim.keys("<Tab>")
    _until_line(nvim, "    return left + right")


def test_tab_is_a_tab_where_nothing_is_suggested(nvim: Neovim, tmp_path: Path) -> None:
    nvim.edit(tmp_path / "a.py", RETURNS)
    nvim.keys("Go")
    nvim.type("xyz")
    nvim.shows_nothing()
    nvim.keys("<Tab>")
    _until_line(nvim, "    xyz ")


@pytest.mark.parametrize(
    "mapping",
    ["'five', {}", "function() return 'five' end, { expr = true }", "'\"five\"[0:3]', { expr = true }",
     "function() vim.api.nvim_put({ 'five' }, 'c', false, true) end, {}"],
)  # fmt: skip
def test_a_key_with_nothing_to_do_does_what_it_did_before(nvim: Neovim, tmp_path: Path, mapping: str) -> None:
    nvim.edit(tmp_path / "a.py", RETURNS)
    nvim.lua(f"""
        vim.keymap.set('i', '<F5>', {mapping})
        require('tandem.keymap').set({{ accept = '<F5>' }}, {{ accept = function() return false end }})""")
    nvim.keys("Goxyz <F5>.")
    _until_line(nvim, "    xyz five.")
    nvim.lua("require('tandem.keymap').set({ accept = '<F5>' }, { accept = function() return false end })")
    nvim.keys("<F5>")
    _until_line(nvim, "    xyz five.five")


def test_an_entry_selected_in_the_menu_is_gone_on_from(nvim: Neovim, tmp_path: Path) -> None:
    nvim.edit(tmp_path / "a.py", RETURNS)
    nvim.command("setlocal completeopt=menuone,noinsert")
    nvim.keys("Go")
    nvim.type("retu")
    nvim.keys("<C-x><C-n>")
    nvim.until("return vim.fn.pumvisible() == 1")
    nvim.shows("rn left + right")
    nvim.keys("<Tab>")
    _until_line(nvim, "    return left + right")
    assert nvim.lua("return vim.fn.pumvisible()") == 0


def test_an_entry_that_is_in_the_text_already_is_text(nvim: Neovim, tmp_path: Path) -> None:
    nvim.edit(tmp_path / "a.py", RETURNS)
    nvim.command("setlocal completeopt=menuone")
    nvim.keys("Go")
    nvim.type("retu")
    nvim.keys("<C-x><C-n>")
    nvim.until("return vim.fn.pumvisible() == 1")
    nvim.shows(" left + right")
    nvim.keys("<Tab>")
    _until_line(nvim, "    return left + right")


def test_a_menu_that_comes_by_itself_is_no_hindrance(nvim: Neovim, tmp_path: Path) -> None:
    nvim.edit(tmp_path / "a.py", RETURNS)
    nvim.command("setlocal autocomplete")
    nvim.keys("Go")
    for character in "return le":
        nvim.type(character)
    nvim.until("return vim.fn.pumvisible() == 1")
    nvim.shows("ft + right")
    nvim.keys("<Tab>")
    _until_line(nvim, "    return left + right")
