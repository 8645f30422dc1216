"""q = floor(a / b), b >= 1.

Holds iff q * b <= a < (q + 1) * b. Consistency: bounds, of domains without holes; exact there for
the last open one.

Arguments: q, a, b.
"""

from __future__ import annotations

from ..arithmetic import ceiling, times
from ..compiled import Memory, kernel
from ..domains import at_least, at_most
from ..memory import ARGUMENTS, HI, LO


@kernel
def quotient(m: Memory, p: int) -> bool:
    """q = floor(a / b)."""
    q, a, b = m[p + ARGUMENTS], m[p + ARGUMENTS + 1], m[p + ARGUMENTS + 2]
    lo, hi = m[a + LO], m[a + HI]
    if not at_least(m, q, lo // (m[b + HI] if lo >= 0 else m[b + LO])):
        return False
    if not at_most(m, q, hi // (m[b + LO] if hi >= 0 else m[b + HI])):
        return False
    lo, hi = m[q + LO], m[q + HI] + 1
    if not at_least(m, a, times(lo, m[b + LO] if lo >= 0 else m[b + HI])):
        return False
    if not at_most(m, a, times(hi, m[b + HI] if hi >= 0 else m[b + LO]) - 1):
        return False
    if m[a + HI] < 0:  # then q < 0 as well
        if m[q + HI] < -1 and not at_most(m, b, (-m[a + LO] - 1) // (-m[q + HI] - 1)):
            return False
        return at_least(m, b, ceiling(-m[a + HI], -m[q + LO]))
    if m[q + LO] > 0 and not at_most(m, b, m[a + HI] // m[q + LO]):
        return False
    return m[a + LO] < 0 or hi <= 0 or at_least(m, b, m[a + LO] // hi + 1)
