"""Documents in which the null device, which repeats what stands there already, suggests something telling."""

from __future__ import annotations

RETURNS = """\
def total(left, right):
    return left + right


def other(left, right):
"""
"""Below it, `    return le` goes on with `ft + right`."""

COUNTS = """\
def first(items):
    count = len(items)
    return count


def second(items):
"""
"""Below it, a block is due: two lines."""
