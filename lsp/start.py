"""Where `tandem` and `tandem-lsp` begin, before anything is imported that takes its time.

Invariant: Ctrl-C is seen to first.
"""

from __future__ import annotations

from engine.interrupt import leave_at_once


def main() -> int:
    """Run `tandem`."""
    leave_at_once()
    from lsp import cli  # noqa: PLC0415

    return cli.main()


def serve_main() -> int:
    """Run `tandem-lsp`, which is `tandem serve` under a name of its own."""
    leave_at_once()
    from lsp import cli  # noqa: PLC0415

    return cli.serve_main()
