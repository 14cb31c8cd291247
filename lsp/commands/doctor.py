"""`tandem doctor`: look at everything that is needed, in order, and say what to do where it is not as it should be.

Invariant: exit code 1 if and only if something fails; a warning is not a failure.
"""

from __future__ import annotations

import argparse
import sys
from functools import partial
from typing import TYPE_CHECKING

import msgspec
from rich.console import Console
from rich.text import Text

from engine.config import EngineConfig
from lsp import checks
from lsp.checks import Finding  # noqa: TC001 - msgspec reads the annotations at run time

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from lsp.checks import State

_STYLES: dict[State, str] = {"ok": "green", "warn": "yellow", "fail": "red"}


class Report(msgspec.Struct, frozen=True):
    """What `--json` prints."""

    ok: bool
    checks: tuple[Finding, ...]


def main(arguments: Sequence[str], prog: str) -> int:
    """Run all checks."""
    parser = argparse.ArgumentParser(prog=prog, description="Check that everything needed is there and works.")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.add_argument("--network", action="store_true", help="also try to reach the package index (off by default)")
    parser.add_argument("--cache-dir", default="", metavar="DIR", help="where models are kept (the user's cache)")
    chosen = parser.parse_args(arguments)
    console = Console(stderr=chosen.json, highlight=False, soft_wrap=True)
    report = _examine(EngineConfig(cache_dir=chosen.cache_dir), console, network=chosen.network)
    if chosen.json:
        sys.stdout.write(msgspec.json.encode(report).decode() + "\n")
    return 0 if report.ok else 1


def _examine(config: EngineConfig, console: Console, *, network: bool) -> Report:
    series: list[Callable[[], Finding]] = [
        checks.check_python,
        checks.check_packages,
        partial(checks.check_cache, config),
        partial(checks.check_disk, config),
        checks.check_memory,
        checks.check_devices,
        partial(checks.check_models, config),
        checks.check_server,
    ]
    if network:
        series.append(checks.check_network)
    findings: list[Finding] = []
    for check in series:
        with console.status("checking ..."):
            finding = check()
        findings.append(finding)
        console.print(_line(finding))
    return Report(ok=all(finding.state != "fail" for finding in findings), checks=tuple(findings))


def _line(finding: Finding) -> Text:
    parts = Text.assemble((f"{finding.state:<5}", _STYLES[finding.state]), f"{finding.check}: {finding.detail}")
    return parts.append(f"\n     {finding.advice}", style="bold") if finding.advice else parts
