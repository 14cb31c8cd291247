"""What a real server says that it let the model read before the window."""

from __future__ import annotations

from typing import TYPE_CHECKING

from support.project import write
from support.stdio import serving

if TYPE_CHECKING:
    from pathlib import Path

    from support.conversation import Message
    from support.stdio import Stdio

CART = "from money import price\nimport secrets_of_ours\n\ndef total(cart):\n    return pri"


async def parts(server: Stdio, uri: str) -> list[Message]:
    """Ask at the end of the document, and give what stood before the window."""
    await server.inline(uri, CART.count("\n"), len(CART.rpartition("\n")[2]), kind=1)
    told = (await server.ask("tandem/explain", {"textDocument": {"uri": uri}}))["result"]
    found: list[Message] = told["context"]["parts"][2:]
    return found


async def test_what_is_read_before_the_window_is_told_and_follows_the_folders(tmp_path: Path) -> None:
    files = {
        "shop/src/cart.py": CART,
        "shop/src/money.py": "def price(cart): ...\n",
        "shop/src/secrets_of_ours.py": "def price_of_a_secret(cart): ...\n",
    }
    write(tmp_path, files)
    uri = (tmp_path / "shop/src/cart.py").as_uri()
    folder = {"uri": (tmp_path / "shop").as_uri(), "name": "shop"}
    settings = {"exclude": ["secrets_*.py"], "explicitDeadlineMs": 60_000}
    async with serving() as server:
        await server.start(workspaceFolders=[folder], initializationOptions=settings)
        server.open(uri, CART)
        told = [(part["name"], part["path"]) for part in await parts(server, uri)]
        assert told == [("path", "src/cart.py"), ("imported", "src/money.py")]
        elsewhere = {"uri": (tmp_path / "other").as_uri(), "name": "other"}
        change = {"event": {"added": [elsewhere], "removed": [folder]}}
        server.notify("workspace/didChangeWorkspaceFolders", change)
        assert await parts(server, uri) == []
