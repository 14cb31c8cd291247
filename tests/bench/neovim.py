"""How long after a key the ghost text is on screen in a real Neovim, with Tandem's own trigger and with Neovim's.

    PYTHONPATH=tests .venv/bin/python tests/bench/neovim.py [--keys N] [--model NAME] [--json]

Measured inside Neovim, on its clock: from a key's being taken in to the end of the redraw that has ghost text for the
text as it is then. `answer` waits for the server's answer to this very key; `any` also counts what was on screen at
once because the key was part of the suggestion, which Neovim's own trigger shows when it was not, too. Each key waits
for the answer to the one before; Neovim's own trigger begins 200 ms after a key.
"""

from __future__ import annotations

import argparse
import string
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import msgspec
from editors.neovim import Neovim, running
from rich.console import Console
from rich.table import Table

from lsp.replay.summary import percentile

if TYPE_CHECKING:
    from collections.abc import Iterator

RESULTS = Path("bench-results")
CUT = "    def __init__("  # what is typed begins here
PATIENCE_S = 5.0
_POLL_S = 0.004
_PAUSE_S = 0.06

_RECORD = """\
local namespace = ...
key = {}
local function answered(one)
  one.answered = true
  vim.defer_fn(function() one.done = true end, 30) -- nothing is drawn where there is nothing new
end
vim.on_key(function(_, typed)
  if typed ~= '' and vim.api.nvim_get_mode().mode == 'i' then key = { at = vim.uv.hrtime() } end
end)
vim.api.nvim_create_autocmd('LspRequest', { callback = function(event)
  local request, id = event.data.request, event.data.request_id
  if request.method == 'textDocument/inlineCompletion' then
    if request.type == 'pending' then key.id = id elseif key.id == id then answered(key) end
  end
end })
vim.api.nvim_set_decoration_provider(vim.api.nvim_create_namespace('bench'), { on_end = function()
  if not key.at or key.done then return end
  local marks = vim.api.nvim_buf_get_extmarks(0, vim.api.nvim_get_namespaces()[namespace], 0, -1, {})
  local ms = (vim.uv.hrtime() - key.at) / 1e6
  if #marks > 0 and not key.any then key.any = ms end
  if key.answered then key.done, key.answer = true, #marks > 0 and ms or nil end
end })
"""


class Figures(msgspec.Struct, frozen=True, kw_only=True):
    """One way of asking, with one model; milliseconds."""

    trigger: str
    model: str
    keys: int
    shown: int
    answer_p50_ms: float | None
    answer_p95_ms: float | None
    any_p50_ms: float | None
    any_p95_ms: float | None


class Scene(NamedTuple):
    """A document, and what is typed at its end."""

    document: str
    typed: str


def scenes() -> dict[str, Scene]:
    """Give the scene for each model: the null device repeats what is there, a model goes on with what is new."""
    text = Path(string.__file__).read_text("utf-8")
    before, cut, after = text.partition(CUT)
    return {"null": Scene(text, cut + after), "": Scene(before, cut + after)}


def measure(trigger: str, model: str, scene: Scene, keys: int) -> Figures:
    """Type until so many keys have had ghost text from the server."""
    device = "null" if model == "null" else "auto"
    options = {"trigger": trigger, "device": device, **({} if model == "null" else {"model": model})}
    samples: list[dict[str, float]] = []
    with tempfile.TemporaryDirectory() as folder, running(Path(folder), options) as nvim:
        nvim.edit(Path(folder) / "module.py", scene.document)
        nvim.command("setlocal noautoindent indentexpr= indentkeys= textwidth=0")
        nvim.lua(_RECORD, nvim.namespace)
        nvim.keys("Go")
        for sample in _typed(nvim, scene.typed):
            samples.append(sample)
            if sum("answer" in each for each in samples) == keys:
                break
    answers = [each["answer"] for each in samples if "answer" in each]
    seen = [each["any"] for each in samples if "any" in each]
    return Figures(
        trigger=trigger,
        model=model,
        keys=len(samples),
        shown=len(answers),
        answer_p50_ms=percentile(0.50, answers),
        answer_p95_ms=percentile(0.95, answers),
        any_p50_ms=percentile(0.50, seen),
        any_p95_ms=percentile(0.95, seen),
    )


def _typed(nvim: Neovim, text: str) -> Iterator[dict[str, float]]:
    for character in text:
        nvim.lua("key = {}")
        nvim.keys({"\n": "<CR>", "<": "<LT>"}.get(character, character))
        end_s = time.monotonic() + PATIENCE_S
        while not nvim.lua("return key.done or false") and time.monotonic() < end_s:
            time.sleep(_POLL_S)
        yield nvim.lua("return { answer = key.answer, any = key.any }") or {}
        time.sleep(_PAUSE_S)


def main() -> int:
    """Measure, print and keep."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--keys", type=int, default=200, help="with ghost text, for each row (default: %(default)s)")
    parser.add_argument("--model", default="qwen2.5-coder-0.5b")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    rows = [
        measure(trigger, options.model if name == "" else name, scene, options.keys)
        for name, scene in scenes().items()
        for trigger in ("own", "stock")
    ]
    RESULTS.mkdir(exist_ok=True)
    RESULTS.joinpath("neovim.json").write_bytes(msgspec.json.format(msgspec.json.encode(rows)))
    if options.json:
        sys.stdout.write(msgspec.json.encode(rows).decode() + "\n")
        return 0
    table = Table("trigger", "model", "keys", "with ghost text", "answer p50 / p95 ms", "any p50 / p95 ms")
    for row in rows:
        answer, seen = (row.answer_p50_ms, row.answer_p95_ms), (row.any_p50_ms, row.any_p95_ms)
        table.add_row(row.trigger, row.model, str(row.keys), str(row.shown), *map(_pair, (answer, seen)))
    Console().print(table)
    return 0


def _pair(values: tuple[float | None, float | None]) -> str:
    return " / ".join("-" if value is None else f"{value:.0f}" for value in values)


if __name__ == "__main__":
    sys.exit(main())
