"""JSON-RPC as pygls speaks it, mended where an editor would be left waiting or a document would be held twice.

Invariant: every request gets exactly one answer, whatever is wrong with it, and nothing that arrives ends the server.

What differs from pygls 2.1: a request whose params do not fit its type, or that comes before `initialize` or after
`shutdown`, or that LSP knows as a notification, is answered with an error instead of silence; messages that are no
JSON-RPC are answered as such; what goes wrong here is told without a traceback, which names folders of this machine and
is for the log; pygls' own workspace documents are not kept (each costs a copy of the text, and splits lines at form
feeds); `exit` has its code.
"""

from __future__ import annotations

import json
import logging
from concurrent.futures import InvalidStateError
from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

from lsprotocol import types
from pygls.exceptions import (
    JsonRpcException,
    JsonRpcInternalError,
    JsonRpcInvalidParams,
    JsonRpcInvalidRequest,
    JsonRpcParseError,
    JsonRpcServerNotInitialized,
)
from pygls.protocol import LanguageServerProtocol, default_converter, lsp_method

if TYPE_CHECKING:
    from collections.abc import Generator

    from cattrs import Converter
    from pygls.protocol.json_rpc import RPCMessage

    from lsp.server import TandemServer

logger = logging.getLogger(__name__)

STATUS = "tandem/status"
GROWN = "tandem/grown"
DID_MOVE_CURSOR = "tandem/didMoveCursor"
EXPLAIN = "tandem/explain"
"""What we add to LSP; see ARCHITECTURE.md."""


@dataclass
class DidMoveCursor:
    """The message of that method."""

    method: str
    params: types.TextDocumentPositionParams
    jsonrpc: str


@dataclass
class ExplainParams:
    """Which request is to be explained: by a suggestion's id, or else the latest; there, where a place is given."""

    id: str | None = None
    textDocument: types.TextDocumentIdentifier | None = None  # noqa: N815 - as LSP writes it
    position: types.Position | None = None


@dataclass
class Explain:
    """The message of that method."""

    id: str | int
    method: str
    jsonrpc: str
    params: ExplainParams | None = None


_OURS: dict[str, type] = {DID_MOVE_CURSOR: DidMoveCursor, EXPLAIN: Explain}


def make_converter() -> Converter:
    """Make pygls' converter, which also takes the trigger kind 0 that some editors send for an explicit request."""
    converter: Converter = default_converter()  # type: ignore[no-untyped-call]  # pygls leaves it without a type

    def trigger_kind(value: int, _: type) -> types.InlineCompletionTriggerKind:
        return types.InlineCompletionTriggerKind(value or 1)

    converter.register_structure_hook(types.InlineCompletionTriggerKind, trigger_kind)
    return converter


class TandemProtocol(LanguageServerProtocol):
    """One connection with an editor."""

    _server: TandemServer

    @property
    def exit_code(self) -> int:
        """What the process is to end with, as LSP says."""
        return 0 if self._shutdown else 1

    def get_message_type(self, method: str) -> type | None:  # type: ignore[override]  # pygls caches it
        """Give the type of a method's messages, ours included; None where any params will do."""
        return _OURS.get(method) or super().get_message_type(method)

    def receive(self, body: bytes) -> None:
        """Handle one message body, whatever is in it."""
        try:
            message = json.loads(body)
        except (ValueError, RecursionError):
            self._refuse(None, JsonRpcParseError())
            return
        if _is_complaint(message):
            logger.warning("the editor complains of a message of ours")
            return
        if not isinstance(message, dict) or message.get("jsonrpc") != self.VERSION or not _has_an_id(message):
            self._refuse(None, JsonRpcInvalidRequest())
            return
        try:
            self._check(message)
            self.handle_message(cast("RPCMessage", self._structured(message)))
        except JsonRpcException as error:
            if "id" in message and "method" in message:
                self._refuse(message["id"], error)
            else:
                logger.warning("ignored a message: %s", error.message)
        except InvalidStateError:
            logger.info("ignored an answer that nobody waits for any more")

    def _check(self, message: dict[str, object]) -> None:
        """Raise JsonRpcException for a message that this state of the connection does not allow."""
        method = message.get("method")
        if method is None:
            return
        if not isinstance(method, str):
            raise JsonRpcInvalidRequest("Invalid Request: the method must be a string")
        if "result" in message or "error" in message:
            raise JsonRpcInvalidRequest("Invalid Request: it is an answer as well")
        if "id" in message and _is_a_notification(method):
            raise JsonRpcInvalidRequest(f"Invalid Request: {method} is a notification and has no id")
        if method == types.EXIT:
            return
        if self._shutdown:
            raise JsonRpcInvalidRequest("Invalid Request: the server is shutting down")
        if self._workspace is None and method != types.INITIALIZE:
            raise JsonRpcServerNotInitialized
        if self._workspace is not None and method == types.INITIALIZE:
            raise JsonRpcInvalidRequest("Invalid Request: the server is initialized already")

    def _structured(self, message: dict[str, object]) -> object:
        """Give the message its type. Raises JsonRpcInvalidParams."""
        method = message.get("method")
        if method is not None:
            message.setdefault("params", {} if method == types.INITIALIZED else None)
        try:
            return self.structure_message(message)
        except JsonRpcException as error:
            raise JsonRpcInvalidParams(f"Invalid Params: they do not fit {method}") from error

    def _refuse(self, identity: object, error: JsonRpcException) -> None:
        """Answer with an error; the id is null where none could be read."""
        logger.warning("refused a message: %s", error.message)
        failure = {"code": error.code, "message": error.message}
        self._send_data({"jsonrpc": self.VERSION, "id": identity, "error": failure})

    def _send_response(
        self, msg_id: str | int, result: object = None, error: types.ResponseError | None = None
    ) -> None:
        """Send an answer; of an error that nobody foresaw it says nothing but that it happened."""
        if error is not None and error.code == JsonRpcInternalError.CODE:
            error = types.ResponseError(code=error.code, message=JsonRpcInternalError.MESSAGE)
        super()._send_response(msg_id, result, error)

    @lsp_method(types.EXIT)
    def lsp_exit(self, *_: object) -> Generator[object, object, None]:
        """End the server: with 0 after a shutdown, else with 1."""
        self._server.finish(self.exit_code)
        yield from ()  # pygls has a generator here

    @lsp_method(types.TEXT_DOCUMENT_DID_OPEN)
    def lsp_text_document__did_open(self, params: types.DidOpenTextDocumentParams) -> None:
        """Hand the document to the session alone."""
        self.fm.features[types.TEXT_DOCUMENT_DID_OPEN](params)

    @lsp_method(types.TEXT_DOCUMENT_DID_CHANGE)
    def lsp_text_document__did_change(self, params: types.DidChangeTextDocumentParams) -> None:
        """Hand the changes to the session alone."""
        self.fm.features[types.TEXT_DOCUMENT_DID_CHANGE](params)

    @lsp_method(types.TEXT_DOCUMENT_DID_CLOSE)
    def lsp_text_document__did_close(self, params: types.DidCloseTextDocumentParams) -> None:
        """Hand the end of the document to the session alone."""
        self.fm.features[types.TEXT_DOCUMENT_DID_CLOSE](params)


def _is_complaint(message: object) -> bool:
    """Whether it is an error about something of ours whose id could not be read; to answer it could go on for ever."""
    return isinstance(message, dict) and "method" not in message and "error" in message and message.get("id") is None


def _is_a_notification(method: str) -> bool:
    """Whether this method is for messages that are not answered."""
    if method == DID_MOVE_CURSOR:
        return True
    _, answer, *_ = types.METHOD_TO_TYPES.get(method, (None, object))
    return answer is None


def _has_an_id(message: dict[str, object]) -> bool:
    """Whether an answer could be told apart: an id, where there is one, is a string or a whole number."""
    identity = message.get("id", 0)
    return isinstance(identity, str | int) and not isinstance(identity, bool)
