"""Code that says everything twice, so that the null device, which repeats what it has seen, has much to suggest."""

from __future__ import annotations

_FUNCTION = '''\
def {name}_total(values):
    """Add up what is there."""
    running_total = 0
    for value in values:
        running_total += value
    return running_total
'''

SOURCE = "\n\n".join(_FUNCTION.format(name=name) for name in ("first", "second", "third", "fourth"))
"""A module of four functions that differ in their names alone."""
