"""Counts, for one server, what becomes of its suggestions, and hands the figures to the file now and then.

Invariant: nothing on the way of a keystroke waits for the file. Figures that could not be written are kept and tried
again; they are few, however many suggestions they count. Switched off, nothing is counted and nothing is written.
"""

from __future__ import annotations

import asyncio
import logging
from datetime import datetime
from typing import TYPE_CHECKING, cast

from lsp.later import Later, on_the_loop
from lsp.tally.page import Figures, Label, Row, language_name
from lsp.tally.retention import Retention
from lsp.tally.store import Store, Unavailable

if TYPE_CHECKING:
    from collections.abc import Callable

    from lsp.document import Document, Edit, Place
    from lsp.tally.page import Event, Kind

logger = logging.getLogger(__name__)

WRITE_S = 20.0
"""How long figures wait for others to be written with: what a server that is killed takes along."""


def _today() -> str:
    return datetime.now().astimezone().date().isoformat()


class Tally:
    """What became of one server's suggestions; `later` and `today` are the clock and the calendar."""

    def __init__(
        self,
        store: Store,
        *,
        later: Later = on_the_loop,
        today: Callable[[], str] = _today,
    ) -> None:
        self._store = store
        self._later = later
        self._today = today
        self._retention = Retention(self._settled, later)
        self._figures: dict[Label, Figures] = {}
        self._due = False
        self._writing: asyncio.Task[None] | None = None
        self.enabled = True

    def configure(self, *, enabled: bool) -> None:
        """Switch counting on or off; what was counted before is kept."""
        self.enabled = enabled
        if not enabled:
            self._retention.clear()

    def shown(self, document: Document, kind: Kind) -> None:
        """Count a suggestion that went to the editor, and does not merely continue the one before."""
        if self.enabled:
            self._count(self._label(document, kind), "shown")

    def accepted(self, document: Document, kind: Kind, start: Place, text: str) -> None:
        """Count a suggestion that was taken, and see what becomes of it."""
        if self.enabled:
            label = self._label(document, kind)
            self._count(label, "accepted")
            self._retention.accept(document, start, text, label)

    def edited(self, document: Document, edit: Edit) -> None:
        """Follow an edit of a document, which led to its present state."""
        self._retention.edited(document, edit)

    def changed(self, document: Document) -> None:
        """Follow a change, all of whose edits have been applied."""
        self._retention.changed(document)

    def close(self, document: Document) -> None:
        """Let go of a document."""
        self._retention.close(document)

    async def finish(self) -> None:
        """Write what is left; the server ends."""
        self._retention.clear()
        if self._writing is not None:
            await self._writing
        await self._write()

    def _label(self, document: Document, kind: Kind) -> Label:
        return Label(self._today(), language_name(document.language), kind)

    def _settled(self, label: Label, seconds: int, retained: bool) -> None:
        self._count(label, cast("Event", f"{'retained' if retained else 'changed'}_{seconds}_s"))

    def _count(self, label: Label, event: Event) -> None:
        figures = self._figures.setdefault(label, Figures())
        setattr(figures, event, getattr(figures, event) + 1)
        self._write_later()

    def _write_later(self) -> None:
        if not self._due:
            self._due = True
            self._later(WRITE_S, self._begin_to_write)

    def _begin_to_write(self) -> None:
        """Write, but one after the other: who waits for the latest has waited for all."""
        self._due = False
        if self._writing is not None and not self._writing.done():
            self._write_later()
        else:
            self._writing = asyncio.ensure_future(self._write())

    async def _write(self) -> None:
        """Add what was counted to the file, in a thread; what does not get there waits for the next time."""
        counted, self._figures = self._figures, {}
        if not counted:
            return
        rows = [
            Row(day=label.day, language=label.language, kind=label.kind, figures=figures)
            for label, figures in counted.items()
        ]
        try:
            await asyncio.to_thread(self._store.add, rows)
        except Unavailable as error:
            logger.info("The statistics are not written now: %s", error)
            for label, figures in counted.items():
                self._figures.setdefault(label, Figures()).add(figures)
