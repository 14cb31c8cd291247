"""`tandem devices`: what models can run on here."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
from rich.table import Table

from engine.commands.output import answer, say, show
from engine.models.disk import megabytes
from hardware.probe import Machine, probe
from hardware.registry import KnownDevice, known

if TYPE_CHECKING:
    import argparse

    from engine.commands.output import Actions


class DeviceList(msgspec.Struct, frozen=True):
    """The answer of `tandem devices --json`."""

    machine: Machine
    devices: tuple[KnownDevice, ...]


def add(areas: Actions) -> None:
    """Declare `devices`."""
    devices = areas.add_parser("devices", help="list what models can run on here", description=_devices.__doc__)
    devices.add_argument("--json", action="store_true", help="print one JSON object")
    devices.set_defaults(command=_devices)


def _devices(options: argparse.Namespace) -> int:
    """List what models can run on, and what this process may use of the machine."""
    machine, devices = probe(), tuple(known())
    if options.json:
        return answer(DeviceList(machine, devices))
    table = Table("device", "available", "", box=None, header_style="bold")
    for device in devices:
        table.add_row(device.name, "yes" if device.available else "no", device.reason or device.description)
    show(table)
    cores = f"{machine.physical_cores} cores ({machine.logical_cores} logical)"
    quota = f", of which {machine.quota_cores:g} may be used" if machine.quota_cores is not None else ""
    say(f"{cores}{quota}, {megabytes(machine.available_bytes)} of {megabytes(machine.memory_bytes)} memory free")
    return 0
