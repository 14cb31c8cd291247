"""The part of the command line that is about models and devices; `tandem` runs it as a child with the same terminal.

Invariant: a command's answer goes to standard output (with --json one object and nothing else), progress and errors to
standard error. Exit code 0: done; 1: it could not be done, with one sentence why; 2: called wrongly; 130: interrupted.
"""

from __future__ import annotations

import argparse
import sys
from typing import TYPE_CHECKING

from engine.commands import devices, models, wafer
from engine.commands.output import complain
from engine.errors import TandemError
from engine.interrupt import INTERRUPTED, give_up, raising
from engine.leash import follow_standard_input
from hardware.device import DeviceError
from hardware.wafer.errors import WaferError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from engine.commands.output import Command


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and give its exit code."""
    options = _parser().parse_args(arguments)
    if options.leash:
        follow_standard_input()
    command: Command = options.command
    try:
        with raising():
            exit_code = command(options)
            sys.stdout.flush()
    except WaferError as error:
        return complain(str(error), 2)
    except (TandemError, DeviceError) as error:
        return complain(str(error), 1)
    except KeyboardInterrupt:
        return complain(
            "Interrupted. What was fetched so far is kept; the same command goes on from there.", INTERRUPTED
        )
    except OSError as error:
        reason = give_up(error)
        return complain(reason, 1) if reason else 1
    return exit_code


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="tandem", description="Models and devices of Tandem.")
    parser.add_argument("--leash", action="store_true", help=argparse.SUPPRESS)  # for `tandem`: see engine.leash
    areas = parser.add_subparsers(required=True, metavar="COMMAND")
    models.add(areas)
    devices.add(areas)
    wafer.add(areas)
    return parser
