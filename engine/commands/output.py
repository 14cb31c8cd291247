"""What a command says: its answer on standard output, a complaint on standard error.

Invariant: with --json the answer is one object on one line, and nothing else.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, TypeAlias

import msgspec
from rich.console import Console

if TYPE_CHECKING:
    from rich.table import Table

Command: TypeAlias = Callable[[argparse.Namespace], int]
"""Takes what was asked for and gives the exit code."""

Actions: TypeAlias = "argparse._SubParsersAction[argparse.ArgumentParser]"  # noqa: SLF001 - it has no other name


def answer(found: msgspec.Struct) -> int:
    """Print one JSON object."""
    say(msgspec.json.encode(found).decode())
    return 0


def say(text: str) -> None:
    """Print a line."""
    sys.stdout.write(f"{text}\n")


def show(table: Table) -> None:
    """Print a table, as wide as the terminal."""
    Console(markup=False, highlight=False).print(table)


def complain(text: str, exit_code: int) -> int:
    """Print a sentence on standard error; the exit code is passed on."""
    sys.stderr.write(f"tandem: {text}\n")
    return exit_code
