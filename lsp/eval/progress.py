"""How far an evaluation is, in lines on standard error: what is downloaded, and ten for each stage.

Invariant: nothing goes to standard output, which belongs to what was found.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.console import Console

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from lsp.eval.manifest import Package
    from lsp.status import Report


class Progress:
    """Says how far it is; `starting` hears how far the server's start is."""

    def __init__(self, starting: Callable[[Report], None]) -> None:
        self.starting = starting
        self._title, self._total, self._done = "", 0, 0

    def fetching(self, packages: Sequence[Package], folder: Path) -> None:
        """Say what is going to be downloaded, before it is."""
        names = ", ".join(f"{each.project} {each.version}" for each in packages)
        size_mb = sum(each.size_bytes for each in packages) / 1e6
        say(f"Fetching {names} ({size_mb:.1f} MB) from the registries that pip and npm are set to, into {folder}.")

    def begin(self, title: str, total: int) -> None:
        """Say what begins."""
        self._title, self._total, self._done = title, total, 0
        say(f"{title}, {total} to go")

    def step(self) -> None:
        """Say how far it is, at every tenth."""
        self._done += 1
        if self._done * 10 // self._total > (self._done - 1) * 10 // self._total:
            say(f"{self._title}, {self._done} of {self._total}")


def say(text: str) -> None:
    """Write a line."""
    Console(stderr=True, highlight=False, soft_wrap=True).print(text)
