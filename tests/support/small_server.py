"""A server reduced to its engine: completes without end, prints the first completion, and lives through Ctrl-C."""

from __future__ import annotations

import asyncio
import signal
import sys

from support.engines import complete, running

from engine.errors import EngineError


def say(line: str) -> None:
    """Print it now."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


async def main() -> None:
    """Complete until killed."""
    signal.signal(signal.SIGINT, lambda *_: say("interrupted"))
    async with running() as client:
        await client.wait_ready()
        say((await complete(client)).text)
        number = 0
        while True:
            number += 1
            try:
                await complete(client, f"{number % 8}.py")
            except EngineError as error:
                say(f"failed: {error}")
                await client.wait_ready()


if __name__ == "__main__":
    asyncio.run(main())
