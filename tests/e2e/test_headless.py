from __future__ import annotations

import asyncio
import sys
from pathlib import Path, PurePath
from typing import TYPE_CHECKING

import psutil
import pytest
from lsprotocol import types
from support import faulty_server
from support.repetitive import SOURCE

from lsp.buffer import Edit
from lsp.connection import Connection
from lsp.errors import EngineFailed, ServerLost
from lsp.headless import Editor, start_editor

if TYPE_CHECKING:
    from lsp.status import Report

NULL = ["--device", "null"]
HASTY = [sys.executable, str(Path(faulty_server.__file__)), "cuts short"]
PATH = PurePath("/project/total.py")


def ignore(_: Report) -> None:
    """Nobody looks at the loading."""


async def test_a_suggestion_is_shown_accepted_and_counted() -> None:
    async with start_editor(NULL) as editor:
        status = await editor.ready(ignore)
        assert (status.state, status.device) == ("ready", "null")
        start = SOURCE + "\n\ndef fifth_total(values):\n"
        document = editor.open(PATH, start)
        document.change([Edit(len(start), 0, "    retu")])
        answer = await document.ask(len(document.text)).answer
        assert answer.text == "rn running_total"
        assert answer.provenance is not None
        assert answer.provenance.source == "engine"
        assert answer.ms > 0
        document.change([Edit(len(document.text), 0, answer.text)])
        await document.accepted(answer)
        document.close()
        assert (await editor.status()).state == "ready"


async def test_every_request_is_answered_also_when_it_is_called_off() -> None:
    async with start_editor(NULL) as editor:
        await editor.ready(ignore)
        document = editor.open(PATH, SOURCE)
        askings = []
        for key in "\n\ndef fifth_total(values):":
            document.change([Edit(len(document.text), 0, key)])
            askings.append(document.ask(len(document.text)))
            askings[-1].cancel()
        answers = await asyncio.gather(*(asking.answer for asking in askings))
        assert len(answers) == len(askings)


async def test_the_server_is_told_the_folders_of_the_workspace_and_settings_that_change(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    told: list[types.InitializeParams] = []
    plain = Connection.request

    async def see(connection: Connection, method: str, params: object = None) -> object:
        if isinstance(params, types.InitializeParams):
            told.append(params)
        return await plain(connection, method, params)

    monkeypatch.setattr(Connection, "request", see)
    async with start_editor(NULL, folders=[PurePath("/project"), PurePath("/else where")]) as editor:
        await editor.ready(ignore)
        (params,) = told
        folders = [(each.uri, each.name) for each in params.workspace_folders or ()]
        assert folders == [("file:///project", "project"), ("file:///else%20where", "else where")]
        assert (await editor.status()).power.policy == "balanced"
        await editor.configure({"power": "eco"})
        assert (await editor.status()).power.policy == "eco"
        await editor.configure({})
        assert (await editor.status()).power.policy == "balanced"


async def test_positions_count_characters() -> None:
    async with start_editor(NULL) as editor:
        await editor.ready(ignore)
        line = 'greeting = "\N{BALLOON}" + weather_report'
        document = editor.open(PATH, f"{line}\n")
        document.change([Edit(len(line) + 1, 0, 'farewell = "\N{BALLOON}" + wea')])
        answer = await document.ask(len(document.text)).answer
        assert answer.text == "ther_report"


async def test_a_suggestion_that_was_cut_short_grows_on_screen() -> None:
    async with start_editor(NULL, program=HASTY) as editor:
        await editor.ready(ignore)
        document, other = editor.open(PATH, SOURCE), editor.open(PATH.with_name("other.py"), SOURCE)
        for opened in (document, other):
            opened.change([Edit(len(SOURCE), 0, "\n\ndef fifth_total(values):\n    retu")])
        asking = document.ask(len(document.text))
        assert (await asking.answer).text == "rn r"
        await other.ask(len(other.text)).answer
        longer = await asking.growths.get()
        assert longer.text == "rn running_total"
        await document.accepted(longer)
        document.change([Edit(len(document.text), 0, longer.text)])
        assert asking.growths.empty()


async def test_the_server_s_death_is_noticed_and_leaves_nothing_behind() -> None:
    async with start_editor(NULL) as editor:
        await editor.ready(ignore)
        processes = family(editor)
        assert len(processes) >= 2
        processes[0].kill()
        with pytest.raises(ServerLost, match="ended with exit code"):
            await ask_until_it_fails(editor)
        with pytest.raises(ServerLost, match="ended with exit code"):
            editor.open(PATH, "x")
    assert not psutil.wait_procs(processes, timeout=10)[1]


async def test_leaving_ends_server_and_engine() -> None:
    async with start_editor(NULL) as editor:
        await editor.ready(ignore)
        processes = family(editor)
    assert not psutil.wait_procs(processes, timeout=10)[1]


async def test_a_server_that_cannot_start_is_quoted() -> None:
    with pytest.raises(ServerLost, match=r"exit code 2; it last said: .*--nonsense"):
        async with start_editor(["--nonsense"]):
            pass


async def test_an_engine_that_cannot_start_gives_its_reason() -> None:
    seen: list[Report] = []
    async with start_editor(["--model", "no-such-model", "--device", "cpu"]) as editor:
        with pytest.raises(EngineFailed, match="no-such-model"):
            await editor.ready(seen.append)
    assert seen[-1].state == "failed"


async def ask_until_it_fails(editor: Editor) -> None:
    while True:
        await editor.status()


def family(editor: Editor) -> list[psutil.Process]:
    server = psutil.Process(editor.pid)
    return [server, *server.children(recursive=True)]
