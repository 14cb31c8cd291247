"""Every case asked for in the real server, as an editor asks while somebody types.

Invariant: a case is asked for in a document of its own, and the file that lies on the disk has the hole, too: the
answer can come from nowhere in the case's own file. Each way of asking has a server of its own, which knows nothing of
what another was asked.

With deadlines, somebody has put the cursor there, looks for `READ_S`, and types the last character before the hole;
the request comes as long after it as VS Code's does. Without, the whole prompt is read in the request itself.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from lsp.buffer import Edit
from lsp.eval.score import Outcome, judge
from lsp.eval.sources import folder_of, place_of
from lsp.headless import start_editor
from lsp.replay.player import DEBOUNCE_S

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from lsp.eval.cut import Case
    from lsp.eval.variant import Variant
    from lsp.headless import Answer, Document, Editor
    from lsp.status import Report

READ_S = 1.0


async def ask_all(
    arguments: Sequence[str],
    way: Variant,
    cases: Sequence[Case],
    root: Path,
    *,
    unhurried: bool,
    report: Callable[[Report], None],
    progress: Callable[[], None],
) -> tuple[Report, list[Outcome]]:
    """Ask for every case, one after the other, in files laid out under `root`. Raises ServerLost, EngineFailed."""
    outcomes: list[Outcome] = []
    folders = sorted({folder_of(root, case.source) for case in cases})
    async with start_editor(arguments, way.settings, folders=folders) as editor:
        status = await editor.ready(report)
        for case in cases:
            path = place_of(root, case.source)
            path.write_text(case.before + case.after, "utf-8")
            try:
                outcomes.append(await _ask(editor, case, path, unhurried=unhurried))
            finally:
                path.write_text(case.source.text, "utf-8")
            progress()
    return status, outcomes


async def _ask(editor: Editor, case: Case, path: Path, *, unhurried: bool) -> Outcome:
    if unhurried:
        document = editor.open(path, case.before + case.after)
        answer = await document.ask(case.start).answer
    else:
        document, answer = await _type_and_ask(editor, case, path)
    last = None if answer.text else (await editor.status()).last
    document.close()
    return judge(
        case,
        answer.text,
        ms=answer.ms,
        confidence=answer.provenance.confidence if answer.provenance else None,
        reason=last.reason if last else "",
    )


async def _type_and_ask(editor: Editor, case: Case, path: Path) -> tuple[Document, Answer]:
    document = editor.open(path, case.before[:-1] + case.after)
    document.move(case.start - 1)
    await asyncio.sleep(READ_S)
    document.change([Edit(case.start - 1, 0, case.before[-1])])
    await asyncio.sleep(DEBOUNCE_S)
    return document, await document.ask(case.start).answer
