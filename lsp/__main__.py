"""`python -m lsp`: the same as `tandem`."""

from __future__ import annotations

import sys

from lsp.start import main

sys.exit(main())
