from __future__ import annotations

import asyncio
import sys
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import msgspec
import pytest
import pytest_asyncio
from lsprotocol import types
from pytest_lsp import ClientServerConfig, LanguageClient, client_capabilities, make_test_lsp_client
from support.stdio import kill_engine

from lsp.suggestion import Provenance

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from engine.models.bundle import Bundle

A = "file:///w/a.py"
# The null device completes a line that stands elsewhere, from its fourth character on.
PRICE = "def price(item):\n    total = item.cost * item.count\n"
TYPED, REST = "    again = it", "em.cost * item.count"


@dataclass
class Editor:
    """A test client of pytest-lsp with one document open."""

    client: LanguageClient
    states: list[str] = field(default_factory=list)
    news: asyncio.Event = field(default_factory=asyncio.Event)

    def hear(self, status: dict[str, str]) -> None:
        self.states.append(status["state"])
        self.news.set()

    async def until(self, check: Callable[[], bool]) -> None:
        while not check():
            self.news.clear()
            await self.news.wait()

    async def start(self, capabilities: types.ClientCapabilities, options: object = None) -> types.InitializeResult:
        result = await self.client.initialize_session(
            types.InitializeParams(capabilities=capabilities, initialization_options=options)
        )
        await self.until(lambda: "ready" in self.states)
        return result

    async def stop(self) -> None:
        await self.client.shutdown_session()
        await self.client.stop()  # type: ignore[no-untyped-call]  # pytest-lsp leaves it without a type

    def open(self, text: str) -> None:
        item = types.TextDocumentItem(uri=A, language_id="python", version=1, text=text)
        self.client.text_document_did_open(types.DidOpenTextDocumentParams(text_document=item))

    def insert(self, line: int, column: int, text: str, *, replaces: int = 0) -> None:
        start, end = types.Position(line, column), types.Position(line, column + replaces)
        change = types.TextDocumentContentChangePartial(range=types.Range(start, end), text=text)
        document = types.VersionedTextDocumentIdentifier(uri=A, version=2)
        self.client.text_document_did_change(types.DidChangeTextDocumentParams(document, [change]))

    async def suggestion(self, line: int, column: int, *, explicit: bool = False) -> types.InlineCompletionItem | None:
        kind = types.InlineCompletionTriggerKind.Invoked if explicit else types.InlineCompletionTriggerKind.Automatic
        answer = await self.client.text_document_inline_completion_async(
            types.InlineCompletionParams(
                context=types.InlineCompletionContext(trigger_kind=kind),
                text_document=types.TextDocumentIdentifier(uri=A),
                position=types.Position(line, column),
            )
        )
        assert isinstance(answer, types.InlineCompletionList)
        return answer.items[0] if answer.items else None

    async def text(self, line: int, column: int) -> object:
        item = await self.suggestion(line, column)
        return item.insert_text if item else ""


def source(item: types.InlineCompletionItem) -> str:
    assert item.command is not None
    assert item.command.arguments is not None
    return msgspec.convert(item.command.arguments[0], Provenance).source


async def connect(*arguments: str) -> Editor:
    command = [sys.executable, "-m", "lsp", "serve", "--stdio", *arguments]
    client = await ClientServerConfig(server_command=command, client_factory=make_test_lsp_client).start()
    assert isinstance(client, LanguageClient)
    editor = Editor(client)
    client.feature("tandem/status")(lambda status: editor.hear({"state": status.state}))
    return editor


@pytest_asyncio.fixture
async def editor() -> AsyncIterator[Editor]:
    editor = await connect("--device", "null")
    yield editor
    await editor.stop()


@pytest.mark.parametrize(("name", "encoding"), [("visual_studio_code", "utf-16"), ("neovim", "utf-8")])
async def test_an_editor_types_and_accepts(editor: Editor, name: str, encoding: str) -> None:
    result = await editor.start(client_capabilities(name))
    assert result.capabilities.position_encoding == encoding
    assert isinstance(result.capabilities.inline_completion_provider, types.InlineCompletionOptions)
    editor.open(PRICE + TYPED)
    item = await editor.suggestion(2, len(TYPED))
    assert item is not None
    place = types.Position(2, len(TYPED))
    assert (item.insert_text, item.range) == (REST, types.Range(place, place))
    assert item.command is not None
    accept = types.ExecuteCommandParams(item.command.command, item.command.arguments)
    assert await editor.client.workspace_execute_command_async(accept) is None
    assert editor.client.messages == []


async def test_an_editor_without_ghost_text_accepts_an_entry(editor: Editor) -> None:
    result = await editor.start(client_capabilities("emacs"), {"completionItems": True})
    assert result.capabilities.completion_provider is not None
    editor.open(PRICE + TYPED)
    place = types.Position(2, len(TYPED))
    params = types.CompletionParams(types.TextDocumentIdentifier(uri=A), place)
    answer = await editor.client.text_document_completion_async(params)
    assert isinstance(answer, types.CompletionList)
    (item,) = answer.items
    word = types.Range(types.Position(2, len(TYPED) - len("it")), place)
    assert (item.label, item.text_edit) == ("it" + REST, types.TextEdit(word, "it" + REST))


@pytest.mark.parametrize(("encoding", "columns"), [("utf-8", 4), ("utf-16", 2), ("utf-32", 1)])
async def test_positions_in_every_encoding(editor: Editor, encoding: types.PositionEncodingKind, columns: int) -> None:
    general = types.GeneralClientCapabilities(position_encodings=[encoding])
    await editor.start(types.ClientCapabilities(general=general))
    editor.open(f"# \x0c \u2028 \U0001f600\r\n{PRICE}")
    editor.insert(3, 0, "#\U0001f600\U0001f600\n")
    editor.insert(3, 1 + columns, "", replaces=columns)
    editor.insert(3, 1 + columns, ' = "\U0001f600"; again = it')
    column = 1 + 2 * columns + len(' = ""; again = it')
    item = await editor.suggestion(3, column)
    assert item is not None
    assert item.insert_text == REST
    assert item.range is not None
    assert item.range.start == types.Position(3, column)
    assert await editor.suggestion(99, 99, explicit=True) is None


async def test_typing_through_and_going_back(editor: Editor) -> None:
    await editor.start(types.ClientCapabilities())
    editor.open(PRICE + TYPED)
    column = len(TYPED)
    assert await editor.text(2, column) == REST
    for character in REST[:5]:
        editor.insert(2, column, character)
        column += 1
        item = await editor.suggestion(2, column)
        assert item is not None
        assert item.insert_text == REST[column - len(TYPED) :]
        assert source(item) == "typed-through"
    editor.insert(2, column, "!")
    editor.insert(2, column, "", replaces=1)
    assert await editor.text(2, column) == REST[5:]


async def test_a_dead_engine_is_told_of_once_and_comes_back(editor: Editor) -> None:
    await editor.start(types.ClientCapabilities())
    editor.open(PRICE + TYPED)
    assert editor.client._server is not None
    for deaths in (1, 2):
        kill_engine(editor.client._server.pid)
        await editor.until(lambda ready=deaths + 1: editor.states.count("ready") == ready)  # type: ignore[misc]
        assert [message.type for message in editor.client.messages] == [types.MessageType.Warning]
    assert await editor.text(2, len(TYPED)) == REST


def answering_configuration() -> types.ClientCapabilities:
    return types.ClientCapabilities(workspace=types.WorkspaceClientCapabilities(configuration=True))


async def test_settings_are_asked_for_and_bad_ones_told_once(editor: Editor) -> None:
    configure = editor.client.set_configuration
    configure({"languages": {"python": False}, "deadlineMs": "soon"}, section="tandem")
    await editor.start(answering_configuration(), {"deadlineMs": "soon", "lineTokens": 64})
    editor.open(PRICE + TYPED)
    while await editor.text(2, len(TYPED)):  # until the answered settings are in force
        pass
    sentence = 'The setting "tandem.deadlineMs" was not used: expected float, got str.'
    assert [message.message for message in editor.client.messages] == [sentence]
    configure({"languages": {"python": True}}, section="tandem")
    editor.client.workspace_did_change_configuration(types.DidChangeConfigurationParams(settings=None))
    while await editor.text(2, len(TYPED)) != REST:
        pass


async def test_settings_are_sent_by_an_editor_that_is_not_asked(editor: Editor) -> None:
    await editor.start(types.ClientCapabilities())
    editor.open(PRICE + TYPED)
    changed = types.DidChangeConfigurationParams(settings={"tandem": {"enabled": False}})
    editor.client.workspace_did_change_configuration(changed)
    assert await editor.text(2, len(TYPED)) == ""


@pytest.mark.model
async def test_the_real_model_completes_real_code(smollm_bundle: Bundle) -> None:
    editor = await connect("--model", str(smollm_bundle.root), "--device", "cpu")
    try:
        await editor.start(types.ClientCapabilities(), {"explicitDeadlineMs": 60_000})
        editor.open("import os\n\n\ndef read(path):\n    with open(path) as file:\n        return file.re")
        item = await editor.suggestion(5, 22, explicit=True)
        assert item is not None
        assert str(item.insert_text).startswith("ad(")
    finally:
        await editor.stop()
