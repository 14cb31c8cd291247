"""A real Neovim with Tandem in it, driven over its own RPC: keys go in as if typed, and what is on screen is read back.

Invariant: nothing is asserted after a pause. What is to come is waited for, and what is not to come is looked for when
every question to the server has been answered.
"""

from __future__ import annotations

import contextlib
import json
import os
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psutil
import pynvim
from editors.picture import Screen
from editors.tools import neovim as recipe

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

ROOT = Path(__file__).parents[2]
SERVER = (sys.executable, "-P", "-m", "lsp", "serve")
PATIENCE_S = 60.0
_POLL_S = 0.005

_INIT = """\
vim.opt.runtimepath:prepend({root})
vim.o.swapfile = false
vim.o.shiftwidth, vim.o.expandtab = 4, true
open_questions = {{}}
vim.api.nvim_create_autocmd('LspRequest', {{
  callback = function(event)
    local request = event.data.request
    if request.method == 'textDocument/inlineCompletion' then
      open_questions[event.data.request_id] = request.type == 'pending' or nil
    end
  end,
}})
require('tandem').setup(vim.json.decode([==[{options}]==]))
"""

_GHOST = """\
local namespace = vim.api.nvim_get_namespaces()[...]
local marks = namespace and vim.api.nvim_buf_get_extmarks(0, namespace, 0, -1, { details = true }) or {}
local shown = {}
for _, mark in ipairs(marks) do
  local text = ''
  for _, chunk in ipairs(mark[4].virt_text or {}) do text = text .. chunk[1] end
  for _, line in ipairs(mark[4].virt_lines or {}) do
    text = text .. '\\n'
    for _, chunk in ipairs(line) do text = text .. chunk[1] end
  end
  if text ~= '' then shown[#shown + 1] = { mark[2] + 1, mark[3], text } end
end
return shown
"""


class Neovim:
    """A running Neovim."""

    def __init__(self, nvim: pynvim.Nvim, namespace: str) -> None:
        self._nvim = nvim
        self.namespace = namespace

    def lua(self, code: str, *arguments: object) -> Any:  # noqa: ANN401 - whatever the code returns
        """Run Lua code, which may return something."""
        return self._nvim.exec_lua(code, *arguments)

    def command(self, command: str) -> None:
        """Run an Ex command."""
        self._nvim.command(command)

    def edit(self, path: Path, text: str) -> None:
        """Open a file with this text, byte by byte, and wait until the server has it."""
        path.write_bytes(text.encode())
        self.keys("<C-\\><C-n>")
        self.command("silent! %bwipeout!")
        self.command(f"edit {path}")
        self.until_served()

    def until_served(self) -> None:
        """Wait for the server to know the current buffer and to be ready."""
        self.until("return #vim.lsp.get_clients({ name = 'tandem', bufnr = 0 }) > 0")
        self.until("local report = require('tandem.status').report() return report and report.state == 'ready'")

    def keys(self, keys: str) -> None:
        """Type keys, in Neovim's notation."""
        self._nvim.input(keys)

    def type(self, text: str) -> None:
        """Type text as it stands, and wait until it has been taken in."""
        self.keys(text.replace("<", "<LT>").replace("\n", "<CR>"))
        self.until("return vim.fn.getcharstr(1) == ''")

    def until(self, code: str, *arguments: object) -> Any:  # noqa: ANN401
        """Wait for Lua code to return something that is true, and give that."""
        return self._wait(lambda: self.lua(code, *arguments), f"{code!r} did not come true")

    @property
    def ghost(self) -> str:
        """The ghost text at the cursor; it must not be anywhere else."""
        shown = self.lua(_GHOST, self.namespace)
        if not shown:
            return ""
        ((row, column, text),) = shown
        assert [row, column] == self.cursor
        return str(text)

    def shows(self, text: str) -> None:
        """Wait for exactly this ghost text."""
        self._wait(lambda: self.lua(_GHOST, self.namespace) and self.ghost == text, f"there is no {text!r} on screen")

    def shows_nothing(self) -> None:
        """See that there is no ghost text when all has been answered."""
        self.until("return next(open_questions) == nil")
        assert self.ghost == ""

    @property
    def cursor(self) -> list[int]:
        """The cursor's line, from 1, and its column in bytes, from 0."""
        return list(self._nvim.current.window.cursor)

    @property
    def line(self) -> str:
        """The cursor's line."""
        return str(self._nvim.current.line)

    @property
    def lines(self) -> list[str]:
        """All lines of the current buffer."""
        return list(self._nvim.current.buffer[:])

    @property
    def screen(self) -> list[str]:
        """What a user sees."""
        self.command("redraw")
        rows = self.lua("""
            local rows = {}
            for row = 1, vim.o.lines do
              local cells = {}
              for column = 1, vim.o.columns do cells[column] = vim.fn.screenstring(row, column) end
              rows[row] = table.concat(cells)
            end
            return rows""")
        return [str(row).rstrip() for row in rows]

    def draw(self, columns: int, rows: int) -> Screen:
        """Attach a user interface for a moment, and give what it is told to draw."""
        screen = Screen(columns, rows)
        self._nvim.ui_attach(columns, rows, rgb=True, ext_linegrid=True)
        self.lua("vim.cmd('redraw!') vim.rpcnotify(..., 'drawn')", self._nvim.channel_id)
        while (message := self._nvim.next_message())[1] != "drawn":
            screen.take(message[2])
        self._nvim.ui_detach()
        return screen

    @property
    def messages(self) -> str:
        """What Neovim has said so far."""
        return str(self.lua("return vim.api.nvim_exec2('messages', { output = true }).output"))

    def server(self) -> psutil.Process:
        """Give the language server's process."""
        children = psutil.Process(self.lua("return vim.uv.os_getpid()")).children()
        (server,) = [child for child in children if "serve" in child.cmdline()]
        return server

    def _wait(self, look: Callable[[], Any], complaint: str) -> Any:  # noqa: ANN401
        end_s = time.monotonic() + PATIENCE_S
        while not (value := look()):
            if time.monotonic() > end_s:
                raise AssertionError(f"{complaint}; {self._scene()}")
            time.sleep(_POLL_S)
        return value

    def _scene(self) -> str:
        state = "{ vim.api.nvim_get_mode().mode, require('tandem').status(), next(open_questions) or 0 }"
        return f"ghost {self.ghost!r} at {self.cursor} in {self.line!r}, {self.lua(f'return {state}')}: {self.messages}"


@contextlib.contextmanager
def running(folder: Path, options: Mapping[str, object] | None = None) -> Iterator[Neovim]:
    """Start Neovim with Tandem, on the null device unless the options say otherwise, and end it."""
    chosen = {"cmd": SERVER, "device": "null", **(options or {})}
    init = folder / "init.lua"
    init.write_text(_INIT.format(root=json.dumps(str(ROOT)), options=json.dumps(chosen)), "utf-8")
    command = [str(recipe.executable()), "--embed", "--headless", "--clean", "-u", str(init)]
    homes = {f"XDG_{name}_HOME": str(folder / name.lower()) for name in ("CONFIG", "DATA", "STATE")}
    with _environment(homes):
        nvim = pynvim.attach("child", argv=command)
    try:
        yield Neovim(nvim, "nvim.lsp.inline_completion" if chosen.get("trigger") == "stock" else "tandem")
    finally:
        with contextlib.suppress(EOFError, OSError):
            nvim.command("qall!")
        nvim.close()


@contextlib.contextmanager
def _environment(variables: Mapping[str, str]) -> Iterator[None]:
    before = dict(os.environ)
    os.environ.update(variables)
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)
