"""`tandem wafer`: what a wafer-scale engine would take."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lsp.commands.child import run_engine

if TYPE_CHECKING:
    from collections.abc import Sequence


def main(arguments: Sequence[str], prog: str) -> int:  # noqa: ARG001 - the engine's command line knows its name
    """Run it as the engine's own command line."""
    return run_engine(["wafer", *arguments])
