"""Every case asked for in the real server, as an editor asks while somebody types.

Invariant: what came of a case is in the ledger as soon as it is known, and what is in there is not asked again.

With deadlines each way of asking has a server of its own, which knows nothing of what another was asked. Somebody has
looked at other files, put the cursor into this one, looks for `READ_S`, and types the last character before the hole;
the request comes as long after it as VS Code's does.

Without deadlines an answer is the same whatever is known, so one server is asked in all ways, case by case, under one
setting after the other: what several have in common is computed once, and a run that is interrupted leaves pairs. The
request comes `GATHER_S` after the file was opened, in which the server has the time to look around. What even the
longest deadline cut short, on a very busy machine, is asked for again: the engine goes on meanwhile.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Protocol

from lsp.buffer import Edit
from lsp.errors import EngineFailed
from lsp.eval.ledger import Circumstances
from lsp.eval.score import judge
from lsp.headless import start_editor
from lsp.plan import PATIENT_MS
from lsp.replay.clock import UNHURRIED
from lsp.replay.player import DEBOUNCE_S

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from lsp.eval.cut import Case
    from lsp.eval.desk import Desk
    from lsp.eval.ledger import Ledger
    from lsp.eval.score import Outcome
    from lsp.eval.variant import Variant
    from lsp.headless import Answer, Document, Editor
    from lsp.status import Report

READ_S = 1.0
GATHER_S = 0.3
MOST_TIMES = 10
AGAIN_S = 5.0


class Watch(Protocol):
    """Somebody who wants to know how far it is, and how the server starts."""

    def begin(self, title: str, total: int) -> None:
        """Hear that so many steps of something begin."""
        ...

    def step(self) -> None:
        """Hear that one is done."""
        ...

    def starting(self, status: Report) -> None:
        """Hear how far a server's start is."""
        ...


async def ask_unhurried(
    arguments: Sequence[str],
    ways: Sequence[Variant],
    cases: Sequence[Case],
    desk: Desk,
    *,
    ledger: Ledger,
    watch: Watch,
) -> Circumstances:
    """Ask for every case in every way, without deadlines. Raises ServerLost, EngineFailed."""
    async with start_editor(arguments, UNHURRIED, folders=desk.folders) as editor:
        where = _where(await editor.ready(watch.starting), desk)
        watch.begin(f"cases in {len(ways)} ways, without a deadline", len(cases))
        for case in cases:
            due = [way for way in ways if ledger.outcome(where, way.settings, case.digest) is None]
            if due:
                await _ask_in_turn(editor, case, due, desk, lambda way, found: ledger.add(where, way.settings, found))
            watch.step()
    return where


async def ask_timed(
    arguments: Sequence[str],
    ways: Sequence[Variant],
    cases: Sequence[Case],
    desk: Desk,
    *,
    ledger: Ledger,
    watch: Watch,
) -> Circumstances:
    """Ask for every case in every way, as fast as somebody types. Raises ServerLost, EngineFailed."""
    where = None
    for way in ways:
        async with start_editor(arguments, way.settings, folders=desk.folders) as editor:
            where = _where(await editor.ready(watch.starting), desk)
            watch.begin(f"{way.name}: cases", len(cases))
            for case in cases:
                if ledger.outcome(where, way.settings, case.digest) is None:
                    ledger.add(where, way.settings, await _type_and_ask(editor, case, desk))
                watch.step()
    if where is None:
        raise ValueError("there is no way to ask in")
    return where


def _where(status: Report, desk: Desk) -> Circumstances:
    return Circumstances(status.model, status.device, desk.visited)


async def _ask_in_turn(
    editor: Editor, case: Case, ways: Sequence[Variant], desk: Desk, found: Callable[[Variant, Outcome], None]
) -> None:
    """Ask in each of the ways, the document and the others staying open."""
    await editor.configure(ways[0].settings)
    text = case.before + case.after
    with desk.holding(case.source, text) as path:
        async with desk.surrounded(editor, case.source, unhurried=True):
            document = editor.open(path, text)
            document.move(case.start)
            await asyncio.sleep(GATHER_S)
            for way in ways:
                await editor.configure(way.settings)
                found(way, await _whole(document, case))
            document.close()


async def _whole(document: Document, case: Case) -> Outcome:
    """Ask until no deadline has cut the answer. Raises EngineFailed, ServerLost."""
    for _ in range(MOST_TIMES):
        outcome = await _judged(document, case, await document.ask(case.start).answer)
        if outcome.stop != "deadline" and (outcome.text or outcome.ms < PATIENT_MS):
            return outcome
        await asyncio.sleep(AGAIN_S)
    raise EngineFailed("This machine is too busy to end a suggestion; run it again later, with --keep to go on.")


async def _type_and_ask(editor: Editor, case: Case, desk: Desk) -> Outcome:
    with desk.holding(case.source, case.before + case.after) as path:
        async with desk.surrounded(editor, case.source, unhurried=False):
            document = editor.open(path, case.before[:-1] + case.after)
            document.move(case.start - 1)
            await asyncio.sleep(READ_S)
            document.change([Edit(case.start - 1, 0, case.before[-1])])
            await asyncio.sleep(DEBOUNCE_S)
            answer = await document.ask(case.start).answer
            outcome = await _judged(document, case, answer)
            document.close()
    return outcome


async def _judged(document: Document, case: Case, answer: Answer) -> Outcome:
    return judge(case, answer.text, ms=answer.ms, told=await document.explain(case.start))
