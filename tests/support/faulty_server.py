"""A server whose engine has one fault, by the names of faulty_engine.py.

python faulty_server.py FAULT serve ...
"""

from __future__ import annotations

import sys
from functools import partial
from pathlib import Path

import lsp.cli
import lsp.server
from engine.client import EngineClient

if __name__ == "__main__":
    engine = (sys.executable, "-P", str(Path(__file__).with_name("faulty_engine.py")), sys.argv.pop(1))
    lsp.server.EngineClient = partial(EngineClient, program=engine)  # type: ignore[assignment,attr-defined]
    sys.exit(lsp.cli.main())
