"""An editor without a screen: it starts the real server over stdio and drives it as an editor does.

Invariant: what a `Document` holds is what the server was told, edit by edit; a request that was sent is always awaited,
also when it was cancelled.
"""

from __future__ import annotations

import asyncio
import os
import time
import uuid
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import msgspec
import psutil
from lsprotocol import types

from lsp.buffer import Edit, place_of
from lsp.connection import PROGRAM, Connection, connect
from lsp.errors import EngineFailed, ServerLost
from lsp.explanation import Explanation
from lsp.protocol import DID_MOVE_CURSOR, EXPLAIN, STATUS, ExplainParams
from lsp.settings import SECTION
from lsp.status import Report
from lsp.suggestion import Provenance

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Mapping, Sequence
    from concurrent.futures import Future
    from pathlib import PurePath

SILENCE_S = 90.0  # a server that has not answered by then never will
_POLL_S = 0.1
_UNCOUNTED: dict[str, object] = {"statistics": False}

_LANGUAGES = {
    ".c": "c", ".cc": "cpp", ".cpp": "cpp", ".cs": "csharp", ".css": "css", ".go": "go", ".h": "c", ".html": "html",
    ".java": "java", ".js": "javascript", ".json": "json", ".jsx": "javascriptreact", ".kt": "kotlin", ".lua": "lua",
    ".md": "markdown", ".php": "php", ".py": "python", ".pyi": "python", ".rb": "ruby", ".rs": "rust",
    ".sh": "shellscript", ".sql": "sql", ".svelte": "svelte", ".swift": "swift", ".toml": "toml", ".ts": "typescript",
    ".tsx": "typescriptreact", ".vue": "vue", ".xml": "xml", ".yaml": "yaml", ".yml": "yaml",
}  # fmt: skip


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """What came back for a request after `ms` on our clock: the text to show at the cursor, empty for none.

    Accepting it would replace the next `replaced` characters.
    """

    ms: float
    text: str = ""
    replaced: int = 0
    provenance: Provenance | None = None
    command: types.Command | None = None


class Asking:
    """A request under way; `answer` is the task that waits for it, `growths` gets what it grows into."""

    def __init__(
        self, connection: Connection, sent: Future[object], request_id: str, line: str, started_s: float
    ) -> None:
        self._connection = connection
        self._id = request_id
        self._line = line
        self._started_s = started_s
        self.growths: asyncio.Queue[Answer] = asyncio.Queue()
        self.answer = asyncio.create_task(self._wait(sent))

    @property
    def open_ms(self) -> float:
        """How long ago it was asked."""
        return 1e3 * (time.perf_counter() - self._started_s)

    def cancel(self) -> None:
        """Tell the server that nobody waits any more."""
        self._connection.notify(types.CANCEL_REQUEST, types.CancelParams(id=self._id))

    def grow(self, items: Sequence[types.InlineCompletionItem]) -> None:
        """Take what the server would answer by now."""
        self.growths.put_nowait(_first_shown(items, self._line, self.open_ms))

    async def _wait(self, sent: Future[object]) -> Answer:
        try:
            async with asyncio.timeout(SILENCE_S):
                result = await self._connection.result(sent)
        except TimeoutError as error:
            raise ServerLost(f"The language server did not answer a request within {SILENCE_S:.0f} seconds.") from error
        ms = self.open_ms
        items = result.items if isinstance(result, types.InlineCompletionList) else result
        if not isinstance(items, (list, tuple)):
            return Answer(ms=ms)
        return _first_shown(items, self._line, ms)


class Document:
    """A text file open in the editor."""

    def __init__(self, connection: Connection, path: PurePath, text: str) -> None:
        self._connection = connection
        self._uri = path.as_uri()
        self._version = 1
        self._asked: Asking | None = None  # the newest, as long as nothing has happened since
        self.text = text
        connection.growing[self._uri] = self._grow
        self.language = _LANGUAGES.get(path.suffix.lower(), "plaintext")
        item = types.TextDocumentItem(uri=self._uri, language_id=self.language, version=1, text=text)
        connection.notify(types.TEXT_DOCUMENT_DID_OPEN, types.DidOpenTextDocumentParams(text_document=item))

    def change(self, edits: Sequence[Edit]) -> None:
        """Apply edits one after the other, and tell the server of all of them in one message."""
        changes: list[types.TextDocumentContentChangeEvent] = []
        for edit in edits:
            span = types.Range(start=self._position(edit.offset), end=self._position(edit.offset + edit.deleted))
            changes.append(types.TextDocumentContentChangePartial(range=span, text=edit.inserted))
            self.text = edit.apply(self.text)
        self._version += 1
        self._asked = None
        name = types.VersionedTextDocumentIdentifier(uri=self._uri, version=self._version)
        params = types.DidChangeTextDocumentParams(text_document=name, content_changes=changes)
        self._connection.notify(types.TEXT_DOCUMENT_DID_CHANGE, params)

    def ask(self, cursor: int, *, invoked: bool = False) -> Asking:
        """Ask for a suggestion at an offset, explicitly (`invoked`) or as an editor does while one types."""
        kind = types.InlineCompletionTriggerKind.Invoked if invoked else types.InlineCompletionTriggerKind.Automatic
        position = self._position(cursor)
        params = types.InlineCompletionParams(
            context=types.InlineCompletionContext(trigger_kind=kind),
            text_document=types.TextDocumentIdentifier(uri=self._uri),
            position=position,
        )
        request_id = str(uuid.uuid4())
        line = self.text[cursor - position.character : cursor]
        started_s = time.perf_counter()  # before it is written, which takes time too
        sent = self._connection.send(types.TEXT_DOCUMENT_INLINE_COMPLETION, params, request_id)
        self._asked = Asking(self._connection, sent, request_id, line, started_s)
        return self._asked

    def move(self, cursor: int) -> None:
        """Tell the server that the cursor rests at an offset, without anything having been typed."""
        self._asked = None
        name = types.TextDocumentIdentifier(uri=self._uri)
        params = types.TextDocumentPositionParams(text_document=name, position=self._position(cursor))
        self._connection.notify(DID_MOVE_CURSOR, params)

    async def accepted(self, answer: Answer) -> None:
        """Run the command of an accepted suggestion, which tells the server of it."""
        if answer.command is not None:
            command = answer.command
            params = types.ExecuteCommandParams(command=command.command, arguments=command.arguments)
            await self._connection.request(types.WORKSPACE_EXECUTE_COMMAND, params)

    async def explain(self, cursor: int) -> Explanation | None:
        """Ask how the latest request at an offset went; None where nothing is known."""
        name = types.TextDocumentIdentifier(uri=self._uri)
        params = ExplainParams(textDocument=name, position=self._position(cursor))
        return msgspec.convert(await self._connection.request(EXPLAIN, params), Explanation | None)

    def close(self) -> None:
        """Close the document in the server, too."""
        self._connection.growing.pop(self._uri, None)
        name = types.TextDocumentIdentifier(uri=self._uri)
        self._connection.notify(types.TEXT_DOCUMENT_DID_CLOSE, types.DidCloseTextDocumentParams(text_document=name))

    def _grow(self, version: int, items: Sequence[types.InlineCompletionItem]) -> None:
        if self._asked is not None and version == self._version:
            self._asked.grow(items)

    def _position(self, offset: int) -> types.Position:
        place = place_of(self.text, offset)
        return types.Position(line=place.line, character=place.column)


class Editor:
    """A connection after its handshake."""

    def __init__(self, connection: Connection, initialize_ms: float) -> None:
        self._connection = connection
        self.initialize_ms = initialize_ms

    @property
    def pid(self) -> int:
        """The server's process id."""
        return self._connection.pid

    async def status(self) -> Report:
        """Ask the server how it is."""
        return msgspec.convert(await self._connection.request(STATUS), Report)

    async def ready(self, report: Callable[[Report], None]) -> Report:
        """Wait until the engine can complete, telling `report` of every state. Raises EngineFailed, ServerLost."""
        while True:
            status = await self.status()
            report(status)
            if status.state == "ready":
                return status
            if status.state == "failed":
                raise EngineFailed(status.reason)
            await asyncio.sleep(_POLL_S)

    def open(self, path: PurePath, text: str) -> Document:
        """Open a document; `path` is absolute and need not exist."""
        return Document(self._connection, path, text)

    async def configure(self, settings: Mapping[str, object]) -> None:
        """Have the server use settings, in the place of those sent before. Raises ServerLost."""
        params = types.DidChangeConfigurationParams(settings={SECTION: _UNCOUNTED | dict(settings)})
        self._connection.notify(types.WORKSPACE_DID_CHANGE_CONFIGURATION, params)
        await self.status()  # what is answered came behind it

    def cpu_s(self) -> float:
        """Give the CPU seconds that the server and its engine have used so far."""
        server = psutil.Process(self._connection.pid)
        times = [process.cpu_times() for process in (server, *server.children(recursive=True))]
        return float(sum(used.user + used.system for used in times))


@asynccontextmanager
async def start_editor(
    arguments: Sequence[str],
    settings: Mapping[str, object] | None = None,
    program: Sequence[str] = PROGRAM,
    *,
    folders: Sequence[PurePath] = (),
) -> AsyncIterator[Editor]:
    """Start a server with these arguments and the user's settings; it ends with the context. Raises ServerLost.

    `folders`, absolute, are the workspace's; without any, each file's project is found from the file. Nobody's
    suggestions are accepted here, so that statistics are off unless the settings have them on.
    """
    started = time.perf_counter()
    async with connect(arguments, program) as connection:
        encodings = [types.PositionEncodingKind.Utf32]  # offsets of Python strings need no conversion then
        general = types.GeneralClientCapabilities(position_encodings=encodings)
        capabilities = types.ClientCapabilities(
            general=general,
            workspace=types.WorkspaceClientCapabilities(workspace_folders=True),
            experimental={SECTION: {"grown": True}},
        )
        params = types.InitializeParams(
            capabilities=capabilities,
            process_id=os.getpid(),
            initialization_options=_UNCOUNTED | dict(settings or {}),
            workspace_folders=[types.WorkspaceFolder(uri=each.as_uri(), name=each.name) for each in folders],
        )
        result = await connection.request(types.INITIALIZE, params)
        if not isinstance(result, types.InitializeResult) or result.capabilities.position_encoding not in encodings:
            raise ServerLost("The language server does not speak utf-32 positions; reinstall tandem-lsp.")
        initialize_ms = 1e3 * (time.perf_counter() - started)
        connection.notify(types.INITIALIZED, types.InitializedParams())
        yield Editor(connection, initialize_ms)


def _first_shown(items: Sequence[types.InlineCompletionItem], line: str, ms: float) -> Answer:
    """Take the first item that an editor would show: it continues what stands between its range and the cursor.

    `line` is the cursor's line up to the cursor.
    """
    for item in items:
        text = item.insert_text if isinstance(item.insert_text, str) else item.insert_text.value
        start, end = (item.range.start.character, item.range.end.character) if item.range else (len(line), len(line))
        if text.startswith(line[start:]):
            return Answer(
                ms=ms,
                text=text[len(line) - start :],
                replaced=end - len(line),
                provenance=_provenance(item.command),
                command=item.command,
            )
    return Answer(ms=ms)


def _provenance(command: types.Command | None) -> Provenance | None:
    return msgspec.convert(command.arguments[0], Provenance) if command and command.arguments else None
