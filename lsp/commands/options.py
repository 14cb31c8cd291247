"""Options that several subcommands share: what the server is to run, and on what.

Invariant: `server_arguments` gives `tandem serve` exactly what was chosen here.
"""

from __future__ import annotations

import argparse

import msgspec

DEVICES = ("auto", "cpu", "gpu", "wafer", "wafer:wse2", "null")


class ServerChoice(msgspec.Struct, kw_only=True):
    """The model, the device, where models are kept ("" is the user's cache directory), and whether none is fetched."""

    model: str
    device: str
    cache_dir: str
    offline: bool

    def server_arguments(self) -> list[str]:
        """Give them as arguments of `tandem serve`."""
        chosen = ["--model", self.model, "--device", self.device]
        if self.cache_dir:
            chosen += ["--cache-dir", self.cache_dir]
        if self.offline:
            chosen.append("--offline")
        return chosen


def add_server_options(parser: argparse.ArgumentParser) -> None:
    """Let a subcommand choose what its server runs."""
    parser.add_argument(
        "--model",
        default="auto",
        metavar="NAME|PATH",
        help="a model's name, its folder, a GGUF file or hf:OWNER/NAME (default: %(default)s)",
    )
    parser.add_argument("--device", default="auto", choices=DEVICES, help="where it runs (default: %(default)s)")
    parser.add_argument("--cache-dir", default="", metavar="DIR", help="where models are kept (the user's cache)")
    parser.add_argument("--offline", action="store_true", help="never fetch a model that is not there")


def add_state_option(parser: argparse.ArgumentParser) -> None:
    """Let a subcommand choose where statistics are kept."""
    parser.add_argument(
        "--state-dir", default="", metavar="DIR", help="where statistics are kept (the user's state directory)"
    )


def positive(text: str) -> float:
    """Read a number above 0. Raises argparse.ArgumentTypeError."""
    try:
        number = float(text)
    except ValueError:
        number = 0.0
    if not number > 0:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number above 0")
    return number
