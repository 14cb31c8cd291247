"""Everything the server's package raises on purpose for the person at the terminal; each message is one sentence.

TandemLspError
+-- BadInput               the command line, or a file it names, cannot be used as given; exit code 2
+-- ServerLost             the language server ended, refused or fell silent while it was needed
+-- EngineFailed           the server is fine, but its engine cannot start, and says why
+-- PackageMissing         held-out code to measure with cannot be had or read
+-- StatisticsUnavailable  the file with the statistics cannot be read or deleted
"""

from __future__ import annotations


class TandemLspError(Exception):
    """Base of all errors whose message is meant for the user."""


class BadInput(TandemLspError):
    """The command line, or a file it names, cannot be used as given."""


class ServerLost(TandemLspError):
    """The language server ended, refused or fell silent while it was needed."""


class EngineFailed(TandemLspError):
    """The server is fine, but its engine cannot start."""


class PackageMissing(TandemLspError):
    """Held-out code to measure with cannot be had or read."""


class StatisticsUnavailable(TandemLspError):
    """The file with the statistics cannot be read or deleted."""
