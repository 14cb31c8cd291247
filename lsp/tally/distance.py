"""How far one text is from another, in characters put in, taken out or replaced (Levenshtein's distance).

Invariant: it is exact, and costs one pass over the second text however far the two are apart: it runs on the loop
that answers editors.
"""

from __future__ import annotations

SMALL_SHARE = 1 / 3
"""A text is mostly unchanged while its distance from what it was is less than this share of its length.

So it is counted in Ziegler et al., Productivity Assessment of Neural Code Completion (arXiv 2205.06537).
"""


def mostly_unchanged(was: str, now: str) -> bool:
    """Whether a text is still there, but for small edits."""
    most = SMALL_SHARE * len(was)
    return abs(len(was) - len(now)) < most and distance(was, now) < most


def distance(first: str, second: str) -> int:
    """Count the edits that make one of the other.

    A column of the dynamic program is kept as two numbers, whose bits say where it steps up and where down: Hyyrö,
    Explaining and extending the bit-parallel approximate string matching algorithm of Myers (2001).
    """
    if not first:
        return len(second)
    places: dict[str, int] = {}
    for place, character in enumerate(first):
        places[character] = places.get(character, 0) | 1 << place
    all_bits, last_bit = (1 << len(first)) - 1, 1 << (len(first) - 1)
    up, down, edits = all_bits, 0, len(first)
    for character in second:
        equal = places.get(character, 0)
        diagonal = (((equal & up) + up) ^ up) | equal | down
        right_up = down | ~(diagonal | up) & all_bits
        right_down = diagonal & up
        edits += bool(right_up & last_bit) - bool(right_down & last_bit)
        right_up = right_up << 1 | 1
        up = (right_down << 1 | ~(diagonal | right_up)) & all_bits
        down = right_up & diagonal & all_bits
    return edits
