"""constant + sum of factor * x is at most 0, where one side of the sum may leave 62 bits.

Holds iff the sum is at most 0. The positive and the negative part are added up apart and saturate;
only one of the two may, so that its sign decides. This also holds for a product whose variable
stands for "so large or larger". Consistency: bounds, except that nothing is narrowed while the
negative part saturates.

Arguments: n, constant, then n pairs (factor, variable).
"""

from __future__ import annotations

from ..arithmetic import times
from ..compiled import Memory, kernel
from ..domains import at_least, at_most
from ..memory import ARGUMENTS, HI, LARGEST, LO


@kernel
def linear_wide(m: Memory, p: int) -> bool:
    """The sum is at most 0."""
    n = m[p + ARGUMENTS]
    terms = p + ARGUMENTS + 2
    end = terms + 2 * n
    positive = max(m[terms - 1], 0)
    negative = min(m[terms - 1], 0)
    for at in range(terms, end, 2):
        factor, x = m[at], m[at + 1]
        least = times(factor, m[x + LO] if factor > 0 else m[x + HI])
        if least > 0:
            positive = min(positive + least, LARGEST)
        else:
            negative = max(negative + least, -LARGEST)
    if negative == -LARGEST:
        return True
    least = positive + negative
    if least > 0:
        return False
    for at in range(terms, end, 2):
        factor, x = m[at], m[at + 1]
        lo, hi = m[x + LO], m[x + HI]
        if times(abs(factor), hi - lo) > -least:
            if factor > 0:
                if not at_most(m, x, lo + (-least) // factor):
                    return False
            elif not at_least(m, x, hi - (-least) // -factor):
                return False
    return True
