"""A real server counts a suggestion that is accepted, writes that down as it ends, and explains it while it lives."""

from __future__ import annotations

import asyncio
import json
from pathlib import PurePath
from typing import TYPE_CHECKING

from support.repetitive import SOURCE

from lsp.buffer import Edit
from lsp.cli import main
from lsp.headless import start_editor

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    import pytest

    from lsp.status import Report

PATH = PurePath("/project/total.py")


def ignore(_: Report) -> None:
    """Nobody looks at the loading."""


async def accept_one(state: Path, settings: Mapping[str, object]) -> None:
    async with start_editor(["--device", "null", "--state-dir", str(state)], settings) as editor:
        await editor.ready(ignore)
        start = SOURCE + "\n\ndef fifth_total(values):\n"
        document = editor.open(PATH, start)
        document.change([Edit(len(start), 0, "    retu")])
        cursor = len(document.text)
        answer = await document.ask(cursor).answer
        assert answer.text == "rn running_total"
        told = await document.explain(cursor)
        assert told is not None
        assert answer.provenance is not None
        assert [each.id for each in told.candidates] == [answer.provenance.id]
        assert told.context is not None
        assert told.context.cached_tokens + told.context.read_tokens > 0
        assert len(told.log_probabilities) > 0
        assert await document.explain(0) is None
        document.change([Edit(cursor, 0, answer.text)])
        await document.accepted(answer)


def test_what_was_accepted_is_there_when_the_server_has_ended(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    asyncio.run(accept_one(tmp_path, {"statistics": True}))
    assert main(["stats", "--json", "--state-dir", str(tmp_path)]) == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["total"]["shown"], told["total"]["accepted"]) == (1, 1)
    assert list(told["languages"]) == ["python"]
    assert list(told["kinds"]) == ["word"]
    text = (tmp_path / "statistics.json").read_text("utf-8")
    assert "running_total" not in text
    assert PATH.name not in text


def test_switched_off_a_server_writes_nothing(tmp_path: Path) -> None:
    asyncio.run(accept_one(tmp_path, {"statistics": False}))
    assert list(tmp_path.iterdir()) == []
