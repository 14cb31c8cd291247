"""What the simulated wafer refuses; each message is one sentence with the numbers and what to do.

WaferError (a DeviceError)
+-- SpecError        a device's data are missing, unreadable or nonsense
+-- DoesNotFit       a grid beyond the fabric, a shape beyond the cores' memory, a group that no grid has
"""

from __future__ import annotations

from hardware.device import DeviceError


class WaferError(DeviceError):
    """The simulated wafer could not do what was asked."""


class SpecError(WaferError):
    """A device's data are missing, unreadable or nonsense."""


class DoesNotFit(WaferError):
    """What was asked for does not fit the device."""
