"""`tandem` and `tandem-lsp`: find the subcommand, run it, and turn what it raises into a sentence and an exit code.

Invariant: 0 is done, 1 could not be done, 2 was called wrongly, 130 was interrupted; nobody sees a traceback for
something that can go wrong on a healthy installation. Only the chosen subcommand is imported: `serve` starts fast.
"""

from __future__ import annotations

import argparse
import importlib
import sys
from importlib.metadata import version
from typing import TYPE_CHECKING, Protocol, cast

from engine.errors import TandemError
from engine.interrupt import INTERRUPTED, give_up, raising
from lsp.errors import BadInput, TandemLspError

if TYPE_CHECKING:
    from collections.abc import Sequence

COMMANDS = {
    "serve": "the language server; editors start it",
    "complete": "one suggestion for a place in a file",
    "replay": "type a file or a recorded session into the server, and sum up",
    "bench": "how fast suggestions come on this machine",
    "eval": "how good suggestions are on code that the models cannot have seen",
    "stats": "how many suggestions were accepted and kept, counted on this machine alone",
    "models": "list, pull, verify or remove models",
    "devices": "what models can run on here",
    "wafer": "what a wafer-scale engine would take, and how far that can be believed",
    "doctor": "check that everything needed is there and works",
}


class Command(Protocol):
    """What a module in `lsp.commands` offers."""

    def main(self, arguments: Sequence[str], prog: str) -> int:
        """Run with the arguments that follow the subcommand's name; give the exit code."""
        ...


def main(arguments: Sequence[str] | None = None) -> int:
    """Run `tandem`."""
    chosen = _parser().parse_args(arguments)
    return _run(chosen.command, chosen.arguments, f"tandem {chosen.command}")


def serve_main() -> int:
    """Run `tandem-lsp`, which is `tandem serve` under a name of its own."""
    return _run("serve", sys.argv[1:], "tandem-lsp")


def _parser() -> argparse.ArgumentParser:
    listing = "\n".join(f"  {name:<10} {purpose}" for name, purpose in COMMANDS.items())
    parser = argparse.ArgumentParser(
        prog="tandem",
        description="Ghost text from a small code model on your own machine.",
        epilog=f"commands:\n{listing}\n\n`tandem COMMAND --help` says more about each.",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action="version", version=f"tandem {version('tandem-lsp')}")
    parser.add_argument("command", choices=COMMANDS, metavar="COMMAND", help="one of those below")
    parser.add_argument("arguments", nargs=argparse.REMAINDER, metavar="...", help="its arguments")
    return parser


def _run(name: str, arguments: Sequence[str], prog: str) -> int:
    try:
        command = cast("Command", importlib.import_module(f"lsp.commands.{name}"))
        with raising():
            exit_code = command.main(arguments, prog)
            sys.stdout.flush()
    except BadInput as error:
        return _complain(error, 2)
    except (TandemLspError, TandemError) as error:
        return _complain(error, 1)
    except KeyboardInterrupt:
        return INTERRUPTED
    except OSError as error:
        reason = give_up(error)
        return _complain(reason, 1) if reason else 1
    return exit_code


def _complain(reason: object, exit_code: int) -> int:
    sys.stderr.write(f"tandem: {reason}\n")
    return exit_code
