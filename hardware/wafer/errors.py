"""What the simulated wafer refuses; each message is one sentence with the numbers and what to do.

WaferError (a DeviceError)
+-- SpecError        a device's data are missing, unreadable or nonsense
+-- UnknownWay       no algorithm of that name does what was asked for
+-- UnusableModel    no model of that name, or a graph that is not a decoder's
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


class UnknownWay(WaferError):
    """No algorithm of that name does what was asked for."""


class UnusableModel(WaferError):
    """No model of that name, or a graph that is not a decoder's."""
