"""constant + sum of factor * x, at most 0 or equal to 0.

Holds iff the sum is at most 0 (or is 0). Consistency of "at most": domain. Of "equal": bounds over
the reals, each end of a variable against the ends of the others (Harvey and Schimpf 2002); exact
for the last open variable.

Arguments: n, constant, then n pairs (factor, variable).
"""

from __future__ import annotations

from ..compiled import Memory, kernel
from ..domains import at_least, at_most
from ..events import sleep
from ..memory import ARGUMENTS, HI, LO


@kernel
def linear_at_most(m: Memory, p: int) -> bool:
    """The sum is at most 0."""
    n = m[p + ARGUMENTS]
    terms = p + ARGUMENTS + 2
    end = terms + 2 * n
    least = m[terms - 1]
    slack = 0  # how far the largest sum lies above the least one
    at = terms
    while at < end:
        factor = m[at]
        x = m[at + 1]
        lo, hi = m[x + LO], m[x + HI]
        least += factor * (lo if factor > 0 else hi)
        slack += abs(factor) * (hi - lo)
        at += 2
    if least > 0:
        return False
    if slack <= -least:
        sleep(m, p)
        return True
    at = terms
    while at < end:
        factor = m[at]
        x = m[at + 1]
        lo, hi = m[x + LO], m[x + HI]
        if abs(factor) * (hi - lo) > -least:
            if factor > 0:
                if not at_most(m, x, lo + (-least) // factor):
                    return False
            elif not at_least(m, x, hi - (-least) // -factor):
                return False
        at += 2
    return True


@kernel
def linear_equal(m: Memory, p: int) -> bool:
    """The sum is 0."""
    n = m[p + ARGUMENTS]
    terms = p + ARGUMENTS + 2
    end = terms + 2 * n
    least = m[terms - 1]
    most = least
    at = terms
    while at < end:
        factor = m[at]
        x = m[at + 1]
        lo, hi = m[x + LO], m[x + HI]
        least += factor * (lo if factor > 0 else hi)
        most += factor * (hi if factor > 0 else lo)
        at += 2
    if least > 0 or most < 0:
        return False
    if least == most:
        return True
    at = terms
    while at < end:
        factor = m[at]
        x = m[at + 1]
        lo, hi = m[x + LO], m[x + HI]
        width = abs(factor) * (hi - lo)
        if width > -least:
            if factor > 0:
                if not at_most(m, x, lo + (-least) // factor):
                    return False
            elif not at_least(m, x, hi - (-least) // -factor):
                return False
        if width > most:
            if factor > 0:
                if not at_least(m, x, hi - most // factor):
                    return False
            elif not at_most(m, x, lo + most // -factor):
                return False
        at += 2
    return True
