"""Stands where an editor expects Python, with a server that does what files in a folder say.

    python scripted.py FOLDER [PYTHON'S OWN ARGUMENTS ...]

`suggestion` is what is suggested, and `grown`, once it is there, what that has become: the editor is told so, and then
shown a message that says `TOLD`. In `others` each line is one more suggestion for a user who asks. `asked` is written
by the server: who asked, `Invoked` or `Automatic`, a line for each question. While `broken` is there, no server starts;
one that has leaves its `pid`.

Invariant: anything but a server is Python's own doing.
"""

from __future__ import annotations

import asyncio
import os
import shlex
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from lsprotocol import types
from pygls.lsp.server import LanguageServer

if TYPE_CHECKING:
    from collections.abc import Sequence

TOLD = "The editor was told."
POLL_S = 0.02


def scripted_python(folder: Path) -> Path:
    """Write a program that is Python to whoever starts it, but for the server."""
    program = folder / "python"
    program.write_text(f'#!/bin/sh\nexec {shlex.join((sys.executable, "-P", __file__, str(folder)))} "$@"\n')
    program.chmod(0o755)
    return program


def main(folder: Path, arguments: Sequence[str]) -> None:
    """Run Python with these arguments, or serve."""
    if "serve" not in arguments:
        os.execv(sys.executable, [sys.executable, *arguments])
    if (folder / "broken").exists():
        sys.exit("No module named lsp")
    _server(folder).start_io()


def _server(folder: Path) -> LanguageServer:
    server = LanguageServer("scripted", "0")
    growth: set[asyncio.Task[None]] = set()

    @server.feature(types.INITIALIZED)
    def begin(_: types.InitializedParams) -> None:
        (folder / "pid").write_text(str(os.getpid()))

    @server.feature(types.TEXT_DOCUMENT_INLINE_COMPLETION, types.InlineCompletionOptions())
    async def suggest(params: types.InlineCompletionParams) -> types.InlineCompletionList:
        name = "grown" if (folder / "grown").exists() else "suggestion"
        if name == "suggestion":
            while growth:
                growth.pop().cancel()
            growth.add(asyncio.create_task(grow(params.text_document.uri)))
        with (folder / "asked").open("a") as asked:
            asked.write(f"{params.context.trigger_kind.name}\n")
        texts = [(folder / name).read_text()]
        if params.context.trigger_kind == types.InlineCompletionTriggerKind.Invoked:
            texts += (folder / "others").read_text().splitlines()
        at = types.Range(params.position, params.position)
        return types.InlineCompletionList([types.InlineCompletionItem(text, range=at) for text in texts])

    async def grow(uri: str) -> None:
        while not (folder / "grown").exists():  # noqa: ASYNC110 - a file has no event
            await asyncio.sleep(POLL_S)
        version = server.workspace.get_text_document(uri).version
        server.protocol.notify("tandem/grown", {"textDocument": {"uri": uri, "version": version}})
        server.window_show_message(types.ShowMessageParams(types.MessageType.Info, TOLD))

    return server


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2:])
