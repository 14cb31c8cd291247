from __future__ import annotations

import json

import pytest
from msgspec import to_builtins
from support.accounts import account
from support.inprocess import InProcess

from lsp.document import Position
from lsp.growth import Growth
from lsp.suggestion import Suggestion

PARSE_ERROR, INVALID_REQUEST, NO_METHOD, INVALID_PARAMS, NOT_INITIALIZED = -32700, -32600, -32601, -32602, -32002
INTERNAL = -32603
PLACE = {"textDocument": {"uri": "file:///a.py"}, "position": {"line": 0, "character": 0}}
INLINE = "textDocument/inlineCompletion"
PROVENANCE = account(source="cache")


async def initialized() -> InProcess:
    """A server after its handshake, but without an engine."""
    wire = InProcess()
    await wire.initialize()
    return wire


async def test_inline_completion_is_advertised_and_sync_is_incremental() -> None:
    capabilities = (await InProcess().initialize())["result"]["capabilities"]
    assert capabilities["inlineCompletionProvider"] == {}
    assert capabilities["textDocumentSync"] == {"openClose": True, "change": 2, "save": False}
    assert capabilities["executeCommandProvider"]["commands"] == ["tandem.accepted"]


@pytest.mark.parametrize(
    ("offered", "chosen"),
    [(None, "utf-16"), (["utf-8"], "utf-8"), (["utf-32", "utf-16"], "utf-32"), (["utf-7"], "utf-16"), ([], "utf-16")],
)
async def test_the_position_encoding_is_negotiated(offered: list[str] | None, chosen: str) -> None:
    wire = InProcess()
    result = await wire.initialize(
        capabilities={"general": {"positionEncodings": offered}} if offered is not None else {}
    )
    assert result["result"]["capabilities"]["positionEncoding"] == chosen
    assert wire.server.session.encoding == chosen


async def test_a_request_before_initialize_is_answered() -> None:
    wire = InProcess()
    assert (await wire.ask(INLINE, PLACE))["error"]["code"] == NOT_INITIALIZED
    assert (await wire.ask("shutdown"))["error"]["code"] == NOT_INITIALIZED
    wire.notify("initialized", {})
    assert "result" in await wire.initialize()
    assert (await wire.ask("initialize", {"capabilities": {}}))["error"]["code"] == INVALID_REQUEST


async def test_a_request_after_shutdown_is_answered() -> None:
    wire = await initialized()
    assert wire.server.protocol.exit_code == 1
    assert (await wire.ask("shutdown"))["result"] is None
    assert (await wire.ask(INLINE, PLACE))["error"]["code"] == INVALID_REQUEST
    assert wire.server.protocol.exit_code == 0


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"{", PARSE_ERROR),
        (b"\xff\xfe", PARSE_ERROR),
        (b"[" * 100_000, PARSE_ERROR),
        (b"[]", INVALID_REQUEST),
        (b"null", INVALID_REQUEST),
        (b"{}", INVALID_REQUEST),
        (b'{"jsonrpc": "1.0", "id": 1, "method": "shutdown"}', INVALID_REQUEST),
        (b'{"jsonrpc": "2.0", "id": {}, "method": "shutdown"}', INVALID_REQUEST),
        (b'{"jsonrpc": "2.0", "id": true, "method": "shutdown"}', INVALID_REQUEST),
    ],
)
async def test_what_is_no_message_is_answered_as_such_and_ends_nothing(body: bytes, code: int) -> None:
    wire = await initialized()
    wire.raw(body)
    assert wire.heard[-1]["error"]["code"] == code
    assert wire.heard[-1]["id"] is None
    assert "result" in await wire.ask("tandem/status")


@pytest.mark.parametrize(
    ("method", "params", "code"),
    [
        (INLINE, None, INVALID_PARAMS),
        (INLINE, [1], INVALID_PARAMS),
        (INLINE, PLACE, INVALID_PARAMS),
        (INLINE, {**PLACE, "context": {"triggerKind": 7}}, INVALID_PARAMS),
        (INLINE, {**PLACE, "context": {"triggerKind": "automatic"}}, INVALID_PARAMS),
        (INLINE, {**PLACE, "position": {"line": -1, "character": 0}, "context": {"triggerKind": 2}}, INVALID_PARAMS),
        (INLINE, {**PLACE, "textDocument": 5, "context": {"triggerKind": 2}}, INVALID_PARAMS),
        ("workspace/executeCommand", {"command": "no.such.command"}, INVALID_PARAMS),
        ("textDocument/hover", PLACE, NO_METHOD),
        ("no/such/method", {"x": {"jsonrpc": "2.0"}}, NO_METHOD),
        (7, None, INVALID_REQUEST),
        ("textDocument/didOpen", {}, INVALID_REQUEST),
        ("textDocument/didChange", None, INVALID_REQUEST),
        ("textDocument/didClose", {"textDocument": {"uri": "file:///a.py"}}, INVALID_REQUEST),
        ("textDocument/didSave", {"textDocument": {"uri": "file:///a.py"}}, INVALID_REQUEST),
        ("workspace/didChangeConfiguration", {"settings": {}}, INVALID_REQUEST),
        ("initialized", {}, INVALID_REQUEST),
        ("$/cancelRequest", {"id": 1}, INVALID_REQUEST),
        ("tandem/didMoveCursor", PLACE, INVALID_REQUEST),
        ("exit", None, INVALID_REQUEST),
    ],
)
async def test_a_request_that_does_not_fit_gets_one_answer_with_an_error(
    method: str, params: object, code: int
) -> None:
    wire = await initialized()
    number = wire.post(method, params)
    answer = await wire.answer(number)
    assert answer["error"]["code"] == code
    await wire.ask("tandem/status")
    assert len([message for message in wire.heard if message.get("id") == number]) == 1


@pytest.mark.parametrize("also", [{"error": {"code": 1, "message": "x"}}, {"result": None}])
async def test_a_request_that_is_an_answer_too_gets_one_answer(also: dict[str, object]) -> None:
    wire = await initialized()
    wire.send(id="both", method="tandem/status", params=None, **also)
    await wire.ask("tandem/status")
    (answer,) = [message for message in wire.heard if message.get("id") == "both"]
    assert answer["error"]["code"] == INVALID_REQUEST


@pytest.mark.parametrize("uri", ["http://[", "file:///\udc80.py", "http://[/\ud800"])
async def test_a_document_whose_address_cannot_be_read_is_refused_with_the_reason(uri: str) -> None:
    wire = InProcess()
    await wire.start()
    wire.open(uri, "total = 1\ntot")
    place = {"textDocument": {"uri": uri}, "position": {"line": 1, "character": 3}}
    answer = await wire.ask(INLINE, {**place, "context": {"triggerKind": 1}})
    assert answer["result"] == {"items": []}
    assert "address cannot be read" in (await wire.status())["last"]["reason"]
    wire.close_document(uri)
    await wire.ask("shutdown")


async def test_what_goes_wrong_here_is_told_without_its_traceback_and_logged_with_it(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    wire = await initialized()

    def fail() -> None:
        raise RuntimeError("a bug")

    monkeypatch.setattr(wire.server, "report", fail)
    assert (await wire.ask("tandem/status"))["error"] == {"code": INTERNAL, "message": "Internal Error"}
    assert "a bug" in caplog.text
    assert __file__ in caplog.text


async def test_an_unknown_method_is_logged_without_a_traceback(caplog: pytest.LogCaptureFixture) -> None:
    wire = await initialized()
    assert (await wire.ask("no/such/method"))["error"]["code"] == NO_METHOD
    (record,) = caplog.records
    assert record.levelname == "WARNING"
    assert not record.exc_info


@pytest.mark.parametrize("kind", [0, 1, 2])
async def test_every_trigger_kind_in_use_is_understood(kind: int) -> None:
    wire = await initialized()
    wire.notify(
        "textDocument/didOpen",
        {"textDocument": {"uri": "file:///a.py", "languageId": "python", "version": 1, "text": ""}},
    )
    assert (await wire.ask(INLINE, {**PLACE, "context": {"triggerKind": kind}}))["result"] == {"items": []}
    reason = (await wire.ask("tandem/status"))["result"]["last"]["reason"]
    assert (reason == "the document is empty") is (kind == 2)


@pytest.mark.parametrize(
    "notification",
    [
        {"method": "textDocument/didOpen", "params": {}},
        {"method": "textDocument/didChange", "params": {"textDocument": {"uri": "file:///a.py"}}},
        {
            "method": "textDocument/didChange",
            "params": {"textDocument": {"uri": "b", "version": 1}, "contentChanges": []},
        },
        {"method": "textDocument/didClose", "params": {"textDocument": {"uri": "file:///never.py"}}},
        {"method": "tandem/didMoveCursor", "params": PLACE},
        {"method": "tandem/didMoveCursor", "params": {**PLACE, "position": {"line": -1, "character": 0}}},
        {"method": "tandem/didMoveCursor", "params": {"textDocument": {"uri": "file:///a.py"}}},
        {"method": "tandem/didMoveCursor"},
        {"method": "$/cancelRequest", "params": {"id": 99}},
        {"method": "$/cancelRequest", "params": {}},
        {"method": "no/such/notification"},
        {"method": "initialized"},
        {"id": 99, "result": 1},
        {"id": 99, "error": {"code": 1, "message": "x"}},
        {"id": 99, "error": 5},
        {"id": None, "error": {"code": -32700, "message": "x"}},
        {"error": {"code": -32700, "message": "x"}},
    ],
)
async def test_a_notification_that_makes_no_sense_changes_nothing(notification: dict[str, object]) -> None:
    wire = await initialized()
    before = len(wire.heard)
    wire.raw(json.dumps({"jsonrpc": "2.0", **notification}).encode())
    answer = await wire.ask("tandem/status")
    assert "result" in answer
    assert [message.get("id") for message in wire.heard[before:] if "id" in message] == [answer["id"]]
    await wire.ask("shutdown")  # `initialized` starts the engine


@pytest.mark.parametrize("answers", [True, False])
async def test_an_editor_that_tells_only_who_asked_is_asked(answers: bool) -> None:
    wire = InProcess()
    dynamic = {"didChangeConfiguration": {"dynamicRegistration": True}, "configuration": True}
    await wire.initialize(capabilities={"workspace": dynamic})
    wire.notify("initialized", {})
    register = await wire.said("client/registerCapability")
    assert register["params"]["registrations"] == [
        {
            "id": "workspace/didChangeConfiguration",
            "method": "workspace/didChangeConfiguration",
            "registerOptions": {"section": "tandem"},
        }
    ]
    if answers:
        wire.send(id=register["id"], error={"code": -32601, "message": "no"})
    await wire.said("workspace/configuration")
    await wire.ask("shutdown")


@pytest.mark.parametrize(
    ("sent", "enabled"),
    [
        ({"tandem": {"enabled": False}, "editor": {"tabSize": 4}}, False),
        ({"tandem": None}, True),
        ({"editor": {"tabSize": 4}, "python": {}}, True),
        ({"enabled": False}, True),
        ({}, True),
        ([1], True),
        (None, True),
    ],
)
async def test_of_all_settings_sent_only_ours_are_read(sent: object, enabled: bool) -> None:
    wire = await initialized()
    wire.notify(
        "textDocument/didOpen",
        {"textDocument": {"uri": "file:///a.py", "languageId": "python", "version": 1, "text": ""}},
    )
    wire.notify("workspace/didChangeConfiguration", {"settings": sent})
    await wire.ask(INLINE, {**PLACE, "context": {"triggerKind": 2}})
    reason = (await wire.status())["last"]["reason"]
    assert reason == ("the document is empty" if enabled else "Tandem is switched off")
    assert wire.all_said("window/showMessage") == []


async def test_params_may_be_left_out_where_there_is_nothing_to_say() -> None:
    wire = await initialized()
    wire.send(method="initialized")
    await wire.said("tandem/status")
    wire.send(id="status", method="tandem/status")
    assert "result" in await wire.until(lambda message: message.get("id") == "status")
    wire.send(id="shutdown", method="shutdown")
    assert (await wire.until(lambda message: message.get("id") == "shutdown"))["result"] is None


async def test_accepting_is_counted_whatever_comes_with_it() -> None:
    wire = await initialized()
    for arguments in ([], [{"id": "x", "jsonrpc": "2.0"}], [1, 2, 3]):
        answer = await wire.ask("workspace/executeCommand", {"command": "tandem.accepted", "arguments": arguments})
        assert answer["result"] is None
    assert (await wire.ask("tandem/status"))["result"]["counts"]["accepted"] == 3


async def test_pygls_keeps_no_document_of_its_own() -> None:
    wire = await initialized()
    item = {"uri": "file:///a.py", "languageId": "python", "version": 1, "text": "x = 1\n"}
    wire.notify("textDocument/didOpen", {"textDocument": item})
    change = {"range": {"start": {"line": 0, "character": 4}, "end": {"line": 0, "character": 5}}, "text": "2"}
    wire.notify(
        "textDocument/didChange", {"textDocument": {"uri": item["uri"], "version": 2}, "contentChanges": [change]}
    )
    assert wire.server.workspace.text_documents == {}


async def test_the_cursor_is_followed() -> None:
    wire = await initialized()
    wire.open("file:///a.py", "import os\nos.")
    place = {"textDocument": {"uri": "file:///a.py"}, "position": {"line": 1, "character": 3}}
    wire.notify("tandem/didMoveCursor", place)
    assert wire.server.session._opened["file:///a.py"].cursor == (1, 3)


GROWTH = Growth("file:///a.py", 7, Suggestion("foo()", Position(0, 4), Position(0, 4), PROVENANCE))


async def test_an_editor_that_can_replaces_what_it_shows() -> None:
    wire = InProcess()
    await wire.initialize(capabilities={"experimental": {"tandem": {"grown": True}, "other": 1}})
    wire.server.session._grown(GROWTH)
    place = {"line": 0, "character": 4}
    account = {"command": "tandem.accepted", "title": "Suggestion accepted", "arguments": [to_builtins(PROVENANCE)]}
    assert (await wire.said("tandem/grown"))["params"] == {
        "textDocument": {"uri": "file:///a.py", "version": 7},
        "items": [{"insertText": "foo()", "range": {"start": place, "end": place}, "command": account}],
    }


@pytest.mark.parametrize("experimental", [None, {}, [1], {"tandem": None}, {"tandem": 1}, {"tandem": {"grown": "yes"}}])
async def test_an_editor_that_does_not_say_so_is_told_of_nothing(experimental: object) -> None:
    wire = InProcess()
    await wire.initialize(capabilities={"experimental": experimental})
    wire.server.session._grown(GROWTH)
    await wire.status()
    assert wire.all_said("tandem/grown") == []
