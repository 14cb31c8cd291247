"""A server whose messages are handed over in memory."""

from __future__ import annotations

import json

from support.conversation import Conversation

from lsp.server import create_server
from lsp.settings import ServerOptions


class InProcess(Conversation):
    """The server, not yet initialized; its engine (the null device) starts with `initialized`."""

    def __init__(self) -> None:
        super().__init__()
        self.server = create_server(ServerOptions(device="null"))
        self.server.protocol.set_writer(self)

    def raw(self, body: bytes) -> None:
        self.server.protocol.receive(body)

    def write(self, data: bytes) -> None:
        """Take what the server sends."""
        self.hear(json.loads(data.partition(b"\r\n\r\n")[2]))

    def close(self) -> None:
        """Nothing to close."""
