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

ADD = """\
def add(left, right):
    return left + right


def plus(left, right):
"""
"""Below it, `    return l` goes on with `eft + right`."""

BASKET = '''\
class Basket:
    def __init__(self, prices):
        self.prices = prices
        self.count = len(prices)

    def total(self):
        """Give the sum of all prices."""
'''
"""Below it, a model finds something to say."""
