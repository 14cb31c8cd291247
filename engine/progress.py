"""How the making of a model looks on a terminal: a bar for each stage, or a line now and then where there is none.

Invariant: everything goes to standard error; standard output belongs to the command's answer.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Self

from rich.console import Console
from rich.progress import (
    BarColumn,
    Progress,
    ProgressColumn,
    Task,
    TaskID,
    TextColumn,
    TimeRemainingColumn,
)
from rich.text import Text

from engine.models.disk import megabytes

if TYPE_CHECKING:
    from engine.messages import Loading

PLAIN_PAUSE_S = 2.0  # between two lines of one stage where there is no terminal

_TITLES = {
    "wait": "waiting for another process that prepares this model",
    "download": "downloading",
    "verify": "verifying",
    "export": "writing the graph",
    "load": "loading",
}


class ProgressScreen:
    """A context manager whose `report` takes what the engine says while it prepares a model."""

    def __init__(self) -> None:
        self._console = Console(stderr=True)
        self._live = self._console.is_terminal
        self._bars = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            _Amount(),
            TimeRemainingColumn(),
            console=self._console,
            disable=not self._live,
        )
        self._task: TaskID | None = None
        self._stage = ""
        self._printed_s = 0.0

    def __enter__(self) -> Self:
        self._bars.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        if kind is None:
            self._complete()
        self._bars.stop()

    def report(self, loading: Loading) -> None:
        """Show how far it is."""
        fresh = loading.stage != self._stage
        self._stage = loading.stage
        if self._live:
            self._draw(loading, fresh=fresh)
        else:
            self._print(loading, fresh=fresh)

    def _draw(self, loading: Loading, *, fresh: bool) -> None:
        total = loading.total or None
        if fresh or self._task is None:
            self._complete()
            self._task = self._bars.add_task(_title(loading), total=total, unit=loading.unit)
        self._bars.update(self._task, completed=loading.done, total=total)

    def _complete(self) -> None:
        """Fill the bar of the stage that is over, one whose length was never known too."""
        if self._task is not None:
            done = self._bars.tasks[self._task].completed or 1
            total = self._bars.tasks[self._task].total
            self._bars.update(self._task, total=total or done, completed=total or done)

    def _print(self, loading: Loading, *, fresh: bool) -> None:
        now_s = time.monotonic()
        if not fresh and now_s - self._printed_s < PLAIN_PAUSE_S:
            return
        self._printed_s = now_s
        amount = f" {_amount(loading.done, loading.total, loading.unit)}" if loading.total else ""
        self._console.print(f"{_title(loading)}{amount}", highlight=False, soft_wrap=True)


class _Amount(ProgressColumn):
    """How much of how much, in the task's own unit, and how fast where that is bytes."""

    def render(self, task: Task) -> Text:
        if not task.total:
            return Text("")
        unit = str(task.fields["unit"])
        speed = f", {megabytes(int(task.speed))}/s" if task.speed and unit == "bytes" else ""
        return Text(f"{_amount(int(task.completed), int(task.total), unit)}{speed}", style="progress.download")


def _title(loading: Loading) -> str:
    return _TITLES.get(loading.stage, loading.stage)


def _amount(done: int, total: int, unit: str) -> str:
    return f"{megabytes(done)} of {megabytes(total)}" if unit == "bytes" else f"{done} of {total} {unit}"
