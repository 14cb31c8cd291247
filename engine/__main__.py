"""`python -m engine`: the engine's own command line."""

from __future__ import annotations

import sys

from engine.interrupt import leave_at_once

leave_at_once()

from engine.cli import main  # noqa: E402  slow to load

sys.exit(main())
