"""A person at the keys who keeps a record of every request.

Invariant: what is typed, and when, is what the player would have typed without the record.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from lsp.bench.record import Record
from lsp.replay.player import Player

if TYPE_CHECKING:
    from lsp.bench.record import Kind
    from lsp.headless import Answer, Document, Editor
    from lsp.replay.player import Conduct
    from lsp.replay.script import Script


class Nobody:
    """Does not look on."""

    def look(self, _: object) -> None:
        """See nothing."""


class Recorder(Player):
    """Plays a script and fills `records`."""

    def __init__(self, script: Script, document: Document, conduct: Conduct, editor: Editor) -> None:
        super().__init__(script, document, conduct, Nobody())
        self.records: list[Record] = []
        self._editor = editor
        self._cold = True

    def _act(self) -> None:
        if self._jumps():
            self._cold = True
        super()._act()

    def _overtaken(self, open_ms: float) -> None:
        super()._overtaken(open_ms)
        self.records.append(Record(kind=self._engine_kind, outcome="overtaken", ms=open_ms))

    async def _answered(self, answer: Answer) -> None:
        await super()._answered(answer)
        source = answer.provenance
        last = None if answer.text else (await self._editor.status()).last
        if answer.text and source is not None and source.source != "engine":
            kind: Kind = "typed_through"
        elif answer.text or (last is not None and last.asked):
            kind = self._engine_kind
            self._cold = False
        else:
            kind = "silent"
        self.records.append(
            Record(
                kind=kind,
                outcome="shown" if answer.text else "empty",
                ms=answer.ms,
                characters=len(answer.text),
                stop=source.stop if source else "",
                tokens=source.tokens if source else 0,
                reason=last.reason if last else "",
                stages=source.timings if source and source.source == "engine" else None,
            )
        )

    @property
    def _engine_kind(self) -> Kind:
        return "cold" if self._cold else "warm"
