"""A real Neovim over a working day: files renamed, settings changed, servers dying, and what it says of all that."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from editors.neovim import running
from editors.texts import RETURNS

if TYPE_CHECKING:
    from pathlib import Path

    from editors.neovim import Neovim

pytestmark = pytest.mark.slow

_SERVED = "return #vim.lsp.get_clients({ name = 'tandem', bufnr = 0 })"
_OFFERS = """\
local client = vim.lsp.get_clients({ name = 'tandem', bufnr = 0 })[1]
local params = vim.lsp.util.make_position_params(0, client.offset_encoding)
params.context = { triggerKind = 2 }
local answer = client:request_sync('textDocument/inlineCompletion', params, 30000)
return #answer.result.items == ...
"""
_SAYING = """\
local status = require('tandem.status')
local before = status.report()
status.heard(...)
local words = status.text()
status.heard(before)
return words
"""
_SIMULATED = {"step_ms": 0.4, "p50_ms": 4.13, "p95_ms": 8.0}
_HEALTH = """\
vim.cmd.checkhealth('tandem')
local text = table.concat(vim.api.nvim_buf_get_lines(0, 0, -1, false), '\\n')
vim.cmd.bwipeout()
return text
"""


def _suggest(nvim: Neovim) -> None:
    nvim.keys("<C-\\><C-n>")
    nvim.command("silent! 6,$delete")  # what was typed before
    nvim.keys("Go")
    nvim.type("return le")
    nvim.shows("ft + right")


def test_a_file_may_be_renamed(nvim: Neovim, tmp_path: Path) -> None:
    nvim.edit(tmp_path / "a.py", RETURNS)
    nvim.command(f"saveas {tmp_path / 'b.py'}")
    _suggest(nvim)


def test_settings_hold_as_soon_as_they_are_changed(nvim: Neovim, tmp_path: Path) -> None:
    nvim.edit(tmp_path / "a.py", RETURNS)
    _suggest(nvim)
    nvim.lua("require('tandem').configure({ enabled = false })")
    nvim.until(_OFFERS, 0)
    nvim.type("f")
    nvim.shows_nothing()
    nvim.lua("require('tandem').configure({ enabled = true })")
    nvim.until(_OFFERS, 1)
    nvim.type("t")
    nvim.shows(" + right")


def test_nothing_comes_unasked_in_manual_mode_and_what_was_asked_for_stays(nvim: Neovim, tmp_path: Path) -> None:
    nvim.edit(tmp_path / "a.py", RETURNS)
    nvim.lua("require('tandem').configure({ trigger = 'manual' })")
    try:
        nvim.keys("Go")
        nvim.until(_OFFERS, 0)
        nvim.type("return le")
        nvim.shows_nothing()
        nvim.keys("<M-Bslash>")
        nvim.shows("ft + right")
        nvim.type("ft")
        nvim.until("return next(open_questions) == nil")
        nvim.shows(" + right")
    finally:
        nvim.lua("require('tandem').configure({ trigger = 'automatic' })")
        nvim.until(_OFFERS, 1)


def test_a_server_that_was_killed_comes_back(nvim: Neovim, tmp_path: Path) -> None:
    nvim.edit(tmp_path / "a.py", RETURNS)
    _suggest(nvim)
    killed = nvim.server()
    killed.kill()
    nvim.until("return require('tandem').status() == 'starting'")
    nvim.until_served()
    assert nvim.server().pid != killed.pid
    _suggest(nvim)


def test_it_can_be_restarted(nvim: Neovim, tmp_path: Path) -> None:
    nvim.edit(tmp_path / "a.py", RETURNS)
    before = nvim.server().pid
    nvim.command("Tandem restart")
    nvim.until("return require('tandem').status() == 'starting'")
    nvim.until_served()
    assert nvim.server().pid != before
    _suggest(nvim)


def test_it_can_be_switched_off_everywhere_and_on_again(nvim: Neovim, tmp_path: Path) -> None:
    nvim.edit(tmp_path / "a.py", RETURNS)
    _suggest(nvim)
    nvim.command("Tandem disable")
    nvim.until("return #vim.lsp.get_clients() == 0 and require('tandem').status() == 'off'")
    assert nvim.ghost == ""
    nvim.command("Tandem enable")
    nvim.until_served()
    _suggest(nvim)


@pytest.mark.parametrize("scope", ["buffer", "filetype"])
def test_it_can_be_switched_off_here_and_on_again(nvim: Neovim, tmp_path: Path, scope: str) -> None:
    nvim.edit(tmp_path / "a.py", RETURNS)
    _suggest(nvim)
    nvim.command(f"Tandem disable {scope}")
    assert (nvim.lua(_SERVED), nvim.ghost, nvim.lua("return require('tandem').status()")) == (0, "", "off")
    nvim.command(f"edit {tmp_path / 'other.rs'}")
    nvim.until_served()
    nvim.command(f"edit {tmp_path / 'a.py'}")
    assert nvim.lua(_SERVED) == 0
    nvim.command(f"Tandem enable {scope}")
    nvim.until_served()
    _suggest(nvim)


def test_filetypes_that_are_not_served_are_never_sent(tmp_path: Path) -> None:
    with running(tmp_path, {"filetypes": {"*": False, "python": True}}) as nvim:
        nvim.edit(tmp_path / "a.py", RETURNS)
        nvim.command(f"edit {tmp_path / 'notes.txt'}")
        assert nvim.lua(_SERVED) == 0
        assert nvim.lua("return require('tandem').status()") == "off"


def test_the_statusline_and_its_event_say_how_it_is(tmp_path: Path) -> None:
    with running(tmp_path) as nvim:
        nvim.lua("""
            words = {}
            vim.api.nvim_create_autocmd('User', { pattern = 'TandemStatus', callback = function()
              words[#words + 1] = require('tandem').status()
            end })""")
        assert nvim.lua("return require('tandem').status()") == "off"
        nvim.edit(tmp_path / "a.py", RETURNS)
        assert nvim.lua("return words[1]") == "starting"
        assert nvim.lua("return vim.startswith(words[#words], 'ready')")
        line = "%{v:lua.require'tandem'.status()}"
        assert nvim.lua("return vim.api.nvim_eval_statusline(..., {}).str", line).startswith("ready")


@pytest.mark.parametrize(
    ("news", "words"),
    [
        ({"state": "starting"}, "starting"),
        ({"state": "restarting"}, "starting"),
        ({"state": "starting", "loading": {"stage": "load", "done": 2, "total": 5}}, "loading 40 %"),
        ({"state": "starting", "loading": {"stage": "wait", "done": 0, "total": 0}}, "loading"),
        ({"state": "ready"}, "ready"),
        ({"state": "ready", "loading": {"stage": "load", "done": 2, "total": 5}}, "ready"),
        ({"state": "ready", "latency_ms": {"p50": 38.4, "p95": 90.0}}, "ready 38 ms"),
        ({"state": "ready", "slow": True, "latency_ms": {"p50": 138.0, "p95": 200.0}}, "slow 138 ms"),
        ({"state": "ready", "slow": True}, "slow"),
        ({"state": "ready", "device": "wafer", "simulated": _SIMULATED}, "ready, wafer (simulated) 4.1 ms"),
        ({"state": "ready", "device": "wafer", "simulated": _SIMULATED | {"p50_ms": 0.0}}, "ready"),
        ({"state": "failed"}, "failed"),
    ],
)
def test_what_the_server_says_becomes_a_few_words(
    nvim: Neovim, tmp_path: Path, news: dict[str, object], words: str
) -> None:
    nvim.edit(tmp_path / "a.py", RETURNS)
    plain = {"reason": "", "model": "m", "device": "d", "step_ms": 10.0, "slow": False, "counts": {"shown": 0}}
    said = plain | {"latency_ms": {"p50": 0.0, "p95": 0.0}} | news
    assert nvim.lua(_SAYING, said) == words


def test_what_is_on_its_way_while_another_serves_is_said_in_full(nvim: Neovim, tmp_path: Path) -> None:
    nvim.edit(tmp_path / "a.py", RETURNS)
    said = {"state": "ready", "loading": {"stage": "load", "done": 2, "total": 5}}
    say = _SAYING.replace("status.text()", "status.moving()")
    plain = {"slow": False, "latency_ms": {"p50": 0.0, "p95": 0.0}}
    assert nvim.lua(say, plain | said) == "another model or device: loading 40 %"
    assert nvim.lua(say, plain | said | {"state": "starting"}) == ""


def test_the_healthcheck_says_what_there_is(nvim: Neovim, tmp_path: Path) -> None:
    nvim.edit(tmp_path / "a.py", RETURNS)
    _suggest(nvim)
    nvim.keys("<Esc>")
    text = nvim.lua(_HEALTH)
    for words in ("OK Neovim 0.", "OK The server starts", "serves 1 buffer.", "OK The engine is ready with null"):
        assert words in text
    assert "ERROR" not in text


def test_the_healthcheck_says_what_is_missing(tmp_path: Path) -> None:
    with running(tmp_path, {"cmd": ["tandem-is-not-here"]}) as nvim:
        assert "there is no program tandem-is-not-here" in nvim.messages
        text = nvim.lua(_HEALTH)
        assert "ERROR There is no program `tandem-is-not-here` on the PATH." in text
        assert "Install it in an environment of its own" in text


def test_a_server_that_cannot_stay_is_given_up_with_a_sentence(tmp_path: Path) -> None:
    with running(tmp_path, {"cmd": ["false"]}) as nvim:
        nvim.command(f"edit {tmp_path / 'a.py'}")
        nvim.until("return require('tandem').status() == 'failed'")
        assert "`:Tandem restart` tries again" in nvim.messages
        assert "the server ended several times" in nvim.lua(_HEALTH)


def test_nonsense_in_the_options_is_named_and_the_rest_holds(tmp_path: Path) -> None:
    with running(tmp_path, {"triger": "own", "trigger": "sometimes", "settings": {"deadlineMs": "soon"}}) as nvim:
        nvim.edit(tmp_path / "a.py", RETURNS)
        _suggest(nvim)
        assert 'Tandem has no option "triger"; it was ignored.' in nvim.messages
        assert 'Tandem cannot use "sometimes" for "trigger".' in nvim.messages
        nvim.until("return vim.api.nvim_exec2('messages', { output = true }).output:find('tandem.deadlineMs', 1, true)")


def test_the_last_suggestion_is_explained_in_a_window(nvim: Neovim, tmp_path: Path) -> None:
    nvim.edit(tmp_path / "a.py", RETURNS)
    _suggest(nvim)
    nvim.keys("<Esc>")
    nvim.command("Tandem explain")
    nvim.until("return #vim.api.nvim_tabpage_list_wins(0) == ...", 2)
    assert nvim.lines[0].startswith("# Tandem at line ")
    assert "- There was a suggestion." in nvim.lines
    nvim.command("close")


def test_commands_are_completed_and_refuse_what_they_do_not_know(nvim: Neovim, tmp_path: Path) -> None:
    nvim.edit(tmp_path / "a.py", RETURNS)
    complete = "return vim.fn.getcompletion(..., 'cmdline')"
    assert nvim.lua(complete, "Tandem ") == ["disable", "enable", "explain", "health", "log", "restart", "status"]
    assert nvim.lua(complete, "Tandem disable ") == ["all", "buffer", "filetype"]
    nvim.command("Tandem")
    assert "Tandem: ready" in nvim.messages
    nvim.lua("pcall(vim.cmd, 'Tandem nonsense')")
    assert "there is no `:Tandem nonsense`" in nvim.messages
