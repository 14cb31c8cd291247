"""What is on screen while somebody types in a real Neovim, with Tandem's own trigger."""

from __future__ import annotations

import random
import signal
from typing import TYPE_CHECKING

import pytest
from editors.texts import COUNTS, RETURNS

if TYPE_CHECKING:
    from pathlib import Path

    from editors.neovim import Neovim

pytestmark = pytest.mark.slow

_WATCH = """\
vim.g.tandem_wrong, vim.g.tandem_drawn = {}, 0
local lines, namespace = ..., vim.api.nvim_get_namespaces().tandem
vim.api.nvim_set_decoration_provider(vim.api.nvim_create_namespace('watch'), {
  on_end = function()
    local mark = vim.api.nvim_buf_get_extmarks(0, namespace, 0, -1, { details = true })[1]
    if mark then
      local line = vim.api.nvim_buf_get_lines(0, mark[2], mark[2] + 1, true)[1]
      local whole = line:sub(1, mark[3]) .. mark[4].virt_text[1][1]
      vim.g.tandem_drawn = vim.g.tandem_drawn + 1
      if not vim.list_contains(lines, whole) then
        vim.g.tandem_wrong = vim.list_extend(vim.g.tandem_wrong, { whole })
      end
    end
  end,
})
"""


def test_a_suggestion_appears_behind_the_cursor_and_is_no_part_of_the_text(nvim: Neovim, tmp_path: Path) -> None:
    nvim.edit(tmp_path / "a.py", RETURNS)
    nvim.keys("Go")
    nvim.type("return le")
    nvim.shows("ft + right")
    assert nvim.line == "    return le"
    assert "    return left + right" in nvim.screen[5]


def test_a_block_is_shown_over_several_lines(nvim: Neovim, tmp_path: Path) -> None:
    nvim.edit(tmp_path / "a.py", COUNTS)
    nvim.keys("Go")
    nvim.shows("count = len(items)\n    return count")
    assert nvim.screen[6:8] == ["    count = len(items)", "    return count"]


def test_tabs_are_shown_as_wide_as_they_will_be(nvim: Neovim, tmp_path: Path) -> None:
    nvim.edit(tmp_path / "a.py", COUNTS.replace("    ", "\t"))
    nvim.command("setlocal noexpandtab tabstop=6 shiftwidth=6")
    nvim.keys("Go")
    nvim.shows("count = len(items)\n      return count")
    assert nvim.screen[6:8] == ["      count = len(items)", "      return count"]
    nvim.keys("<Tab>")
    nvim.until("return vim.api.nvim_get_current_line() == '\treturn count'")


def test_typing_what_is_suggested_shortens_it_without_waiting(nvim: Neovim, tmp_path: Path) -> None:
    nvim.edit(tmp_path / "a.py", RETURNS)
    nvim.keys("Go")
    nvim.type("return le")
    nvim.shows("ft + right")
    server = nvim.server()
    server.suspend()
    try:
        nvim.type("ft +")
        nvim.shows(" right")
        nvim.keys("<BS>")
        nvim.shows("+ right")
    finally:
        server.resume()
    nvim.shows("+ right")


def test_typing_on_through_a_line_break_keeps_the_next_line(nvim: Neovim, tmp_path: Path) -> None:
    nvim.edit(tmp_path / "a.py", COUNTS)
    nvim.keys("Go")
    nvim.shows("count = len(items)\n    return count")
    nvim.type("count = len(items)\n")
    nvim.shows("return count")


def test_typing_anything_else_takes_it_away_and_removing_that_brings_it_back(nvim: Neovim, tmp_path: Path) -> None:
    nvim.edit(tmp_path / "a.py", RETURNS)
    nvim.keys("Go")
    nvim.type("return le")
    nvim.shows("ft + right")
    nvim.type("x")
    nvim.shows_nothing()
    nvim.keys("<BS>")
    nvim.shows("ft + right")


def test_moving_away_leaving_insert_mode_and_dismissing_take_it_away(nvim: Neovim, tmp_path: Path) -> None:
    for key in ("<Left>", "<Esc>", "<C-]>"):
        nvim.edit(tmp_path / "a.py", RETURNS)
        nvim.keys("Go")
        nvim.type("return le")
        nvim.shows("ft + right")
        nvim.keys(key)
        nvim.until("return #vim.api.nvim_buf_get_extmarks(0, vim.api.nvim_get_namespaces().tandem, 0, -1, {}) == 0")
        nvim.shows_nothing()


def test_text_of_any_width_may_stand_before_the_cursor(nvim: Neovim, tmp_path: Path) -> None:
    nvim.edit(tmp_path / "a.py", RETURNS)
    nvim.keys("Go")
    nvim.type('x = "äé日本🎉🇩🇪"; return le')
    nvim.shows("ft + right")
    nvim.keys("<Tab>")
    nvim.until("return vim.endswith(vim.api.nvim_get_current_line(), 'right')")
    assert nvim.line == '    x = "äé日本🎉🇩🇪"; return left + right'


def test_it_stands_between_what_is_left_and_right_of_the_cursor(nvim: Neovim, tmp_path: Path) -> None:
    nvim.edit(tmp_path / "a.py", RETURNS)
    nvim.keys("Go")
    nvim.type("print(return l)")
    nvim.keys("<Left>")
    nvim.type("e")
    nvim.shows("ft + right")
    assert "    print(return left + right)" in nvim.screen[5]
    nvim.keys("<Tab>")
    nvim.until("return vim.endswith(vim.api.nvim_get_current_line(), 'right)')")
    assert nvim.line == "    print(return left + right)"


def test_a_bracket_that_was_closed_automatically_is_not_closed_twice(nvim: Neovim, tmp_path: Path) -> None:
    nvim.edit(tmp_path / "a.py", "def shown(left, right):\n    print(left, right)\n\n\ndef again(left, right):\n")
    nvim.lua("vim.keymap.set('i', '(', '()<Left>', { buffer = 0 })")
    nvim.keys("Go")
    nvim.type("print(")
    nvim.shows("left, right")
    nvim.keys("<Tab>")
    nvim.until("return vim.endswith(vim.api.nvim_get_current_line(), 'right)')")
    assert nvim.line == "    print(left, right)"


def test_line_endings_stay_what_they_are(nvim: Neovim, tmp_path: Path) -> None:
    path = tmp_path / "a.py"
    nvim.edit(path, COUNTS.replace("\n", "\r\n"))
    nvim.keys("Go")
    nvim.shows("count = len(items)\n    return count")
    nvim.keys("<Tab>")
    nvim.until("return vim.api.nvim_get_current_line() == '    return count'")
    nvim.keys("<Esc>")
    nvim.command("write")
    text = path.read_bytes()
    assert text.endswith(b"def second(items):\r\n    count = len(items)\r\n    return count\r\n")
    assert text.count(b"\r") == text.count(b"\n") == text.count(b"\r\n")


def test_a_stale_suggestion_is_never_drawn_however_fast_one_types(nvim: Neovim, tmp_path: Path) -> None:
    lines = ["    return left + right", "    return last * first", "    count = left - last"]
    nvim.edit(tmp_path / "a.py", "def some(left, right, first, last):\n" + "\n".join(lines) + "\n\n\ndef more():\n")
    nvim.lua(_WATCH, lines)
    nvim.command("setlocal indentexpr= noautoindent")
    rng = random.Random(5)
    nvim.keys("Go")
    for _ in range(40):
        line = rng.choice(lines)
        cut = rng.randrange(8, len(line))
        nvim.keys(line[:cut].replace(" ", "<Space>") + "<BS>" * rng.randrange(5))
        nvim.command("redraw")
        if rng.random() < 0.5:
            nvim.until("return next(open_questions) == nil")
            nvim.command("redraw")
        nvim.keys(rng.choice(["<Left><Right>", "<C-w>", "xyz", "<Esc>a", "<Up><Down>"]))
        nvim.command("redraw")
        nvim.keys("<C-o>cc")
    nvim.until("return next(open_questions) == nil")
    nvim.lua("vim.api.nvim_set_decoration_provider(vim.api.nvim_get_namespaces().watch, {})")
    assert nvim.lua("return vim.g.tandem_wrong") == []
    assert nvim.lua("return vim.g.tandem_drawn") > 5


def test_an_answer_that_comes_late_is_not_shown(nvim: Neovim, tmp_path: Path) -> None:
    nvim.edit(tmp_path / "a.py", RETURNS)
    nvim.keys("Go")
    nvim.type("return l")
    nvim.shows("eft + right")
    server = nvim.server()
    server.send_signal(signal.SIGSTOP)
    nvim.keys("<BS><BS><BS>")
    nvim.type("xyz")
    nvim.keys("<Esc>")
    nvim.until("return vim.api.nvim_get_mode().mode == 'n'")
    server.send_signal(signal.SIGCONT)
    nvim.shows_nothing()


def test_both_windows_on_a_buffer_stay_right(nvim: Neovim, tmp_path: Path) -> None:
    nvim.edit(tmp_path / "a.py", RETURNS)
    nvim.command("split")
    nvim.keys("Go")
    nvim.type("return le")
    nvim.shows("ft + right")
    nvim.keys("<C-o><C-w>w")
    nvim.until("return vim.api.nvim_win_get_cursor(0)[1] == 1")
    nvim.shows_nothing()
    nvim.keys("<C-o>G<End>")
    nvim.type("f")
    nvim.shows("t + right")
    nvim.keys("<Tab>")
    nvim.until("return vim.endswith(vim.api.nvim_get_current_line(), 'right')")
    assert nvim.lines.count("    return left + right") == 2
