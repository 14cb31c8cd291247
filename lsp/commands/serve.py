"""`tandem serve`: the language server, over stdio or for one editor over TCP.

Invariant: standard output belongs to the protocol; whatever else there is to say goes to standard error.
"""

from __future__ import annotations

import argparse
import socket
import sys
from typing import TYPE_CHECKING, NamedTuple

import msgspec

from lsp.commands.options import ServerChoice, add_server_options, add_state_option
from lsp.errors import BadInput
from lsp.server import create_server
from lsp.settings import LogLevel, ServerOptions

if TYPE_CHECKING:
    from collections.abc import Sequence


class Address(NamedTuple):
    """Where to listen."""

    host: str
    port: int


class Arguments(ServerChoice, kw_only=True):
    """The command line, parsed."""

    tcp: Address | None
    state_dir: str
    log_level: LogLevel


def main(arguments: Sequence[str], prog: str) -> int:
    """Serve until the editor ends it."""
    chosen = _parse(arguments, prog)
    options = ServerOptions(
        model=chosen.model,
        device=chosen.device,
        cache_dir=chosen.cache_dir,
        state_dir=chosen.state_dir,
        offline=chosen.offline,
        log_level=chosen.log_level,
    )
    server = create_server(options)
    if chosen.tcp is None:
        if sys.stdin.isatty():
            sys.stderr.write(
                "Waiting for an editor on standard input; Ctrl-C ends this. See `tandem complete --help`.\n"
            )
        server.start_io()
        return 0
    server.serve_first(_listen(chosen.tcp))
    return 0


def _listen(address: Address) -> socket.socket:
    family = socket.AF_INET6 if ":" in address.host else socket.AF_INET
    try:
        return socket.create_server(address, family=family)
    except OSError as error:
        where = f"{address.host}:{address.port}"
        raise BadInput(f"Cannot listen on {where} ({error.strerror}); choose another address.") from error


def _parse(arguments: Sequence[str], prog: str) -> Arguments:
    parser = argparse.ArgumentParser(prog=prog, description="The language server; editors start it.")
    way = parser.add_mutually_exclusive_group()
    way.add_argument("--stdio", action="store_true", help="speak over standard input and output (the default)")
    way.add_argument("--tcp", type=_address, metavar="HOST:PORT", help="listen for one editor there instead")
    add_server_options(parser)
    add_state_option(parser)
    parser.add_argument(
        "--log-level",
        default="warning",
        choices=("debug", "info", "warning", "error"),
        help="how much to log on standard error (default: %(default)s)",
    )
    return msgspec.convert(vars(parser.parse_args(arguments)), Arguments)


def _address(text: str) -> Address:
    host, colon, port = text.rpartition(":")
    if not colon or not host or not port.isdecimal() or int(port) > 65_535:
        raise argparse.ArgumentTypeError(f"{text!r} is not HOST:PORT, such as 127.0.0.1:9257")
    return Address(host.strip("[]"), int(port))
