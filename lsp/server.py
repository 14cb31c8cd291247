"""The language server: what arrives over LSP, handed to the session, and what it answers, handed back.

Invariant: a handler translates between LSP's types and ours, and decides nothing. Standard output carries the protocol
alone; the log goes to standard error and holds no text of documents.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import socket
import sys
from importlib.metadata import version
from typing import TYPE_CHECKING, BinaryIO

import msgspec
from lsprotocol import types
from pygls.exceptions import JsonRpcException, JsonRpcInternalError
from pygls.lsp.server import LanguageServer

from engine.client import EngineClient, EngineStatus
from engine.config import EngineConfig
from lsp.abilities import Abilities, abilities
from lsp.announce import Announcer
from lsp.configuration import Configuration
from lsp.context.workspace import file_of
from lsp.document import Change, Position
from lsp.items import ACCEPTED, COMPLETION_TRIGGERS, completion_items, inline_items
from lsp.narration import narrate
from lsp.plan import Request, Selected
from lsp.protocol import DID_MOVE_CURSOR, EXPLAIN, GROWN, STATUS, ExplainParams, TandemProtocol, make_converter
from lsp.registration import follow_completion, follow_settings, pull_settings
from lsp.session import Session
from lsp.settings import SECTION, ServerOptions, Settings
from lsp.tally.counter import Tally
from lsp.tally.store import Store
from lsp.wire import Outgoing, pump

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from engine.messages import Ready
    from lsp.growth import Growth
    from lsp.status import Report
    from lsp.suggestion import Suggestion

logger = logging.getLogger(__name__)


class TandemServer(LanguageServer):
    """One server, for one editor."""

    protocol: TandemProtocol

    def __init__(self, options: ServerOptions) -> None:
        super().__init__("tandem", version("tandem-lsp"), protocol_cls=TandemProtocol, converter_factory=make_converter)
        config = EngineConfig(
            model=options.model, device=options.device, cache_dir=options.cache_dir, network=not options.offline
        )
        self.engine = EngineClient(config, on_status=self._engine_changed)
        self.session = Session(self.engine, Tally(Store(options.state_dir)), grown=self._grown)
        self._start = Settings(model=options.model, device=options.device)
        self.configuration = Configuration(self._start, self._configure, self._complain)
        self.announcer = Announcer(self)
        self.abilities = Abilities()
        self._ready: Ready | None = None
        self._over: asyncio.Future[int] | None = None

    def start_io(self, stdin: BinaryIO | None = None, stdout: BinaryIO | None = None) -> None:
        """Serve over standard input and output until the editor ends it. Raises SystemExit with LSP's exit code."""
        # A reader of its own: the interpreter must not find the one of sys.stdin locked by a waiting thread at its end.
        incoming = stdin or open(os.dup(sys.stdin.fileno()), "rb")  # noqa: SIM115, PTH123 - open to the process' end
        outgoing = stdout or sys.stdout.buffer
        with contextlib.redirect_stdout(sys.stderr):
            raise SystemExit(asyncio.run(self._serve(incoming, outgoing)))

    def serve_first(self, listener: socket.socket) -> None:
        """Serve the first editor that connects. Raises SystemExit with LSP's exit code."""
        with listener:
            sys.stderr.write("Listening on {}:{}\n".format(*listener.getsockname()[:2]))
            sys.stderr.flush()
            connection, _ = listener.accept()
        incoming, outgoing = connection.makefile("rb"), connection.makefile("wb")
        try:
            raise SystemExit(asyncio.run(self._serve(incoming, outgoing)))
        finally:
            with contextlib.suppress(OSError):  # the editor may have hung up
                connection.shutdown(socket.SHUT_RDWR)  # which ends the reader's waiting
            for end in (outgoing, incoming, connection):
                with contextlib.suppress(OSError):
                    end.close()

    async def _serve(self, incoming: BinaryIO, outgoing: BinaryIO) -> int:
        loop = asyncio.get_running_loop()
        self._over = loop.create_future()
        self.protocol.set_writer(Outgoing(outgoing, self._hung_up))
        pump(incoming, loop, self._arrived, overdue=_leave)
        try:
            return await self._over
        finally:
            await asyncio.gather(self.engine.stop(), self.session.tally.finish())

    def _arrived(self, body: bytes | None) -> None:
        if body is None:
            self._hung_up()
        else:
            self.protocol.receive(body)

    def _hung_up(self) -> None:
        self.finish(self.protocol.exit_code)

    def finish(self, exit_code: int) -> None:
        """End the server."""
        if self._over is not None and not self._over.done():
            self._over.set_result(exit_code)

    def offer_completion(self) -> bool:
        """Answer requests for completions from now on; False where that was so before."""
        if types.TEXT_DOCUMENT_COMPLETION in self.protocol.fm.features:
            return False
        options = types.CompletionOptions(trigger_characters=COMPLETION_TRIGGERS)
        self.feature(types.TEXT_DOCUMENT_COMPLETION, options)(completion)
        return True

    def report(self) -> Report:
        """Say how the server is."""
        return self.session.report()

    async def suggest(self, request: Request) -> Suggestion | None:
        """Answer a request, and let an editor that follows know how it went."""
        try:
            return await self.session.suggest(request)
        finally:
            self.announcer.requests_changed()

    def report_server_error(self, error: Exception, source: type[Exception]) -> None:
        """Log what went wrong with a message; only what nobody foresaw is ours to mend, and has a traceback."""
        if isinstance(error, JsonRpcInternalError):
            where = "".join((error.data or {}).get("traceback", ()))
            logger.error("%s while handling a message: %s\n%s", source.__name__, error.message, where)
        elif isinstance(error, JsonRpcException):
            logger.warning("refused a message: %s", error.message)
        else:
            logger.error("%s while handling a message", source.__name__, exc_info=error)

    def _configure(self, settings: Settings) -> None:
        self.session.configure(settings)
        model, device = settings.model.strip() or self._start.model, settings.device.strip() or self._start.device
        self.engine.move(os.path.expanduser(model), device)  # noqa: PTH111 - most are names, no paths

    def _engine_changed(self, status: EngineStatus) -> None:
        before, now = self._ready, status.ready
        if now is not None and now is not before:
            self._ready = now
            moved = before is not None and (before.model, before.device) != (now.model, now.device)
            self.session.engine_is_ready(moved=moved)
        self.announcer.engine_changed(status)  # last: what is told of another engine has none of this one's figures

    def _grown(self, growth: Growth) -> None:
        if self.abilities.replaces:
            document = types.VersionedTextDocumentIdentifier(growth.version, growth.uri)
            self.protocol.notify(GROWN, {"textDocument": document, "items": inline_items(growth.suggestion)})

    def _complain(self, sentence: str) -> None:
        self.window_show_message(types.ShowMessageParams(type=types.MessageType.Warning, message=sentence))


def _leave() -> None:
    """End a server that has outlived its editor: the loop is stuck in writing what nobody reads."""
    os._exit(1)


def create_server(options: ServerOptions) -> TandemServer:
    """Build a server with its handlers; it does nothing until it is started."""
    _configure_log(options.log_level)
    server = TandemServer(options)
    for method, handler in _HANDLERS.items():
        server.feature(method)(handler)
    server.feature(types.TEXT_DOCUMENT_INLINE_COMPLETION, types.InlineCompletionOptions())(inline_completion)
    server.command(ACCEPTED)(accepted)
    return server


def _configure_log(level: str) -> None:
    """Log to standard error; of pygls, which logs whole messages, nothing."""
    logging.basicConfig(stream=sys.stderr, level=level.upper(), format="%(levelname)s %(name)s: %(message)s")
    logging.getLogger("pygls").setLevel(logging.CRITICAL + 1)


def initialize(ls: TandemServer, params: types.InitializeParams) -> None:
    """Take the editor's settings, folders and the encoding of positions."""
    encoding = types.PositionEncodingKind(ls.workspace.position_encoding)
    ls.session.encoding = encoding.value
    ls.abilities = abilities(params.capabilities)
    did_change_workspace_folders(ls)
    ls.configuration.start(params.initialization_options)
    if ls.session.settings.completion_items:
        ls.offer_completion()


async def initialized(ls: TandemServer, _: types.InitializedParams) -> None:
    """Start the engine, then ask to hear of changed settings, and for those in force; either may stay unanswered."""
    await ls.engine.start()
    await asyncio.gather(follow_settings(ls), pull_settings(ls))


async def shutdown(ls: TandemServer, _: object) -> None:
    """Stop the engine and keep what was counted; the editor is about to end the server."""
    await asyncio.gather(ls.engine.stop(), ls.session.tally.finish())


async def did_change_configuration(ls: TandemServer, params: types.DidChangeConfigurationParams) -> None:
    """Ask for the settings, or else take ours from the notification, which may well hold everybody's."""
    if ls.abilities.answers_configuration:
        await pull_settings(ls)
    elif isinstance(params.settings, dict) and SECTION in params.settings:
        ls.configuration.change(params.settings[SECTION])
        await follow_completion(ls)


def did_change_workspace_folders(ls: TandemServer, _: object = None) -> None:
    """Take the folders that the editor works in; pygls keeps count of them."""
    named = [folder.uri for folder in ls.workspace.folders.values()] or [ls.workspace.root_uri or ""]
    ls.session.backgrounds.settle(tuple(folder for uri in named if (folder := file_of(uri))))


def did_open(ls: TandemServer, params: types.DidOpenTextDocumentParams) -> None:
    """Take in a document."""
    item = params.text_document
    ls.session.open(item.uri, str(item.language_id), item.version, item.text)


def did_change(ls: TandemServer, params: types.DidChangeTextDocumentParams) -> None:
    """Apply changes to a document."""
    ls.session.change(params.text_document.uri, params.text_document.version, _changes(params))


def did_move_cursor(ls: TandemServer, params: types.TextDocumentPositionParams) -> None:
    """Follow the cursor."""
    ls.session.move(params.text_document.uri, _position(params.position))


def did_close(ls: TandemServer, params: types.DidCloseTextDocumentParams) -> None:
    """Let go of a document."""
    ls.session.close(params.text_document.uri)


async def inline_completion(ls: TandemServer, params: types.InlineCompletionParams) -> types.InlineCompletionList:
    """Suggest what could stand at the cursor."""
    return types.InlineCompletionList(inline_items(await ls.suggest(_request(params))))


async def completion(ls: TandemServer, params: types.CompletionParams) -> types.CompletionList:
    """Suggest it as an entry of the completion list, where the user wants that."""
    uri, position = params.text_document.uri, _position(params.position)
    word = ls.session.word(uri, position)
    wanted = word is not None and ls.session.settings.completion_items
    suggestion = await ls.suggest(Request(uri, position, explicit=False, selected=word)) if wanted else None
    return types.CompletionList(is_incomplete=True, items=completion_items(suggestion))


def status(ls: TandemServer, _: object) -> object:
    """Say how the server and its engine are."""
    return msgspec.to_builtins(ls.report())


def explain(ls: TandemServer, params: ExplainParams | None) -> object:
    """Say where a suggestion came from, or why there was none; null where nothing is known."""
    asked = params or ExplainParams()
    uri = asked.textDocument.uri if asked.textDocument else ""
    position = _position(asked.position) if asked.position else None
    told = ls.session.explanation(asked.id or "", uri, position)
    return {**msgspec.to_builtins(told), "markdown": narrate(told)} if told else None


def accepted(ls: TandemServer, *arguments: object) -> None:
    """Count a suggestion that was taken; its account, the command's argument, says which."""
    account = arguments[0] if arguments else None
    identity = account.get("id") if isinstance(account, dict) else getattr(account, "id", None)
    ls.session.accepted(identity if isinstance(identity, str) else "")


_HANDLERS: dict[str, Callable[..., object]] = {
    types.INITIALIZE: initialize,
    types.INITIALIZED: initialized,
    types.SHUTDOWN: shutdown,
    types.WORKSPACE_DID_CHANGE_CONFIGURATION: did_change_configuration,
    types.WORKSPACE_DID_CHANGE_WORKSPACE_FOLDERS: did_change_workspace_folders,
    types.TEXT_DOCUMENT_DID_OPEN: did_open,
    types.TEXT_DOCUMENT_DID_CHANGE: did_change,
    types.TEXT_DOCUMENT_DID_CLOSE: did_close,
    DID_MOVE_CURSOR: did_move_cursor,
    EXPLAIN: explain,
    STATUS: status,
}


def _changes(params: types.DidChangeTextDocumentParams) -> Iterator[Change]:
    for change in params.content_changes:
        if isinstance(change, types.TextDocumentContentChangePartial):
            yield Change(change.text, _position(change.range.start), _position(change.range.end))
        else:
            yield Change(change.text)


def _request(params: types.InlineCompletionParams) -> Request:
    explicit = params.context.trigger_kind is types.InlineCompletionTriggerKind.Invoked
    info = params.context.selected_completion_info
    selected = Selected(_position(info.range.start), _position(info.range.end), info.text) if info else None
    return Request(params.text_document.uri, _position(params.position), explicit, selected)


def _position(position: types.Position) -> Position:
    return Position(position.line, position.character)
