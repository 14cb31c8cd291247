"""Every case asked for in the real server, as an editor asks while somebody types.

Invariant: what came of a case is in the ledger as soon as it is known, and what is in there is not asked again.

With deadlines each way of asking has a server of its own, which knows nothing of what another was asked. Somebody has
looked at other files, put the cursor into this one, looks for `READ_S`, and types the last character before the hole;
the request comes as long after it as VS Code's does.

Without deadlines an answer is the same whatever is known, so one server is asked in all ways, case by case, under one
setting after the other: what several have in common is computed once, and a run that is interrupted leaves pairs. The
request comes `GATHER_S` after the file was opened, in which the server has the time to look around. What even the
longest deadline cut short, or an engine that had to be started again did not say, on a very busy machine, is asked for
again: no silence counts that is not the model's or a rule's.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Protocol

from lsp.buffer import Edit
from lsp.errors import EngineFailed
from lsp.eval.ledger import Circumstances
from lsp.eval.score import judge
from lsp.headless import start_editor
from lsp.replay.clock import UNHURRIED
from lsp.replay.player import DEBOUNCE_S

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from lsp.eval.cut import Case
    from lsp.eval.desk import Desk
    from lsp.eval.ledger import Ledger
    from lsp.eval.score import Outcome
    from lsp.eval.variant import Variant
    from lsp.headless import Document, Editor
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
                found(way, await _whole(editor, document, case))
            document.close()


async def _whole(editor: Editor, document: Document, case: Case) -> Outcome:
    """Ask until the engine has answered and no deadline has cut it. Raises EngineFailed, ServerLost."""
    for _ in range(MOST_TIMES):
        answer = await document.ask(case.start).answer
        told = await document.explain(case.start)
        outcome = judge(case, answer.text, ms=answer.ms, told=told)
        unanswered = told is None or (told.kind is not None and told.source is None)
        if not unanswered and outcome.stop != "deadline":
            return outcome
        await asyncio.sleep(AGAIN_S)
        await editor.ready(lambda _: None)  # it may have been stopped, and be starting again
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
            outcome = judge(case, answer.text, ms=answer.ms, told=await document.explain(case.start))
            document.close()
    if not outcome.text and (await editor.status()).state != "ready":
        raise EngineFailed(
            "The engine ended while it was measured; run it again on a quiet machine, with --keep to go on."
        )
    return outcome
