"""What the user sees of the engine: its state as `tandem/status`, its loading as progress, its failures as messages.

Invariant: each failure is told once; a state is sent when it differs from the last one sent; progress that was begun is
ended. An editor that follows the requests hears of each, but at most once a second.
"""

from __future__ import annotations

import asyncio
import logging
import uuid
from typing import TYPE_CHECKING

import msgspec
from lsprotocol import types
from pygls.exceptions import JsonRpcException

from lsp.protocol import STATUS

if TYPE_CHECKING:
    from engine.client import EngineStatus
    from engine.messages import Loading
    from lsp.server import TandemServer

logger = logging.getLogger(__name__)

PERIOD_S = 1.0
"""How often an editor hears of requests."""

RESTARTED = "Tandem's engine ended unexpectedly and is being restarted; suggestions return in a moment."
HUNG = "Tandem's engine did not answer any more and is being restarted; suggestions return in a moment."


class Announcer:
    """Follows the engine's state on behalf of one editor."""

    def __init__(self, server: TandemServer) -> None:
        self._server = server
        self._sent: tuple[object, ...] | None = None
        self._told: set[str] = set()
        self._progress: Progress | None = None
        self._due: asyncio.TimerHandle | None = None

    def engine_changed(self, status: EngineStatus) -> None:
        """Tell the editor what is new."""
        key = (status.state, status.reason, status.ready, *_stage(status.loading))
        if key == self._sent:
            return
        self._sent = key
        self._send()
        if status.state == "restarting":
            self._tell(HUNG if status.hung else RESTARTED, types.MessageType.Warning)
        if status.state == "ready" and status.reason:
            self._tell(status.reason, types.MessageType.Warning)
        if status.state == "failed":
            self._tell(f"Tandem cannot suggest anything: {status.reason}", types.MessageType.Error)
        if self._server.abilities.shows_progress:
            self._show_progress(status.loading)

    def requests_changed(self) -> None:
        """Tell an editor that follows, soon: the first request at once would say little of those after it."""
        if self._server.abilities.follows and self._due is None:
            self._due = asyncio.get_running_loop().call_later(PERIOD_S, self._send)

    def _send(self) -> None:
        if self._due is not None:
            self._due.cancel()
            self._due = None
        self._server.protocol.notify(STATUS, msgspec.to_builtins(self._server.report()))

    def _tell(self, sentence: str, kind: types.MessageType) -> None:
        if sentence not in self._told:
            self._told.add(sentence)
            self._server.window_show_message(types.ShowMessageParams(type=kind, message=sentence))

    def _show_progress(self, loading: Loading | None) -> None:
        if loading is not None:
            self._progress = self._progress or Progress(self._server)
            self._progress.report(loading)
        elif self._progress is not None:
            self._progress.end()
            self._progress = None


class Progress:
    """One work-done progress in the editor, from its creation to its end."""

    def __init__(self, server: TandemServer) -> None:
        self._server = server
        self._token = uuid.uuid4().hex
        self._latest: Loading | None = None
        self._shown = False
        self._created = asyncio.create_task(self._create())

    def report(self, loading: Loading) -> None:
        """Show how far the loading is."""
        self._latest = loading
        if self._shown:
            stage, percentage = _stage(loading)
            self._server.work_done_progress.report(
                self._token, types.WorkDoneProgressReport(message=stage, percentage=percentage)
            )

    def end(self) -> None:
        """Take the progress off the screen, or never show it."""
        self._created.cancel()
        if self._shown:
            self._server.work_done_progress.end(self._token, types.WorkDoneProgressEnd())

    async def _create(self) -> None:
        try:
            await self._server.work_done_progress.create_async(self._token)
        except JsonRpcException as error:
            logger.info("the editor shows no progress: %s", error.message)
            return
        stage, percentage = _stage(self._latest)
        self._server.work_done_progress.begin(
            self._token, types.WorkDoneProgressBegin(title="Tandem", message=stage, percentage=percentage)
        )
        self._shown = True


def _stage(loading: Loading | None) -> tuple[str, int]:
    """Name the stage and the whole percent of it that is done."""
    if loading is None:
        return "", 0
    return loading.stage, 100 * loading.done // loading.total if loading.total else 0
