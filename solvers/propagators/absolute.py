"""z = |x|.

Holds iff z is x without its sign. Consistency: bounds, with the gap around 0 where one of its sides
is empty.

Arguments: z, x.
"""

from __future__ import annotations

from ..compiled import Memory, kernel
from ..domains import at_least, at_most
from ..memory import ARGUMENTS, HI, LO


@kernel
def absolute(m: Memory, p: int) -> bool:
    """z = |x|."""
    z, x = m[p + ARGUMENTS], m[p + ARGUMENTS + 1]
    lo, hi = m[x + LO], m[x + HI]
    if not at_least(m, z, max(max(lo, -hi), 0)) or not at_most(m, z, max(-lo, hi)):
        return False
    if not (at_least(m, x, -m[z + HI]) and at_most(m, x, m[z + HI])):
        return False
    near = m[z + LO]
    if m[x + HI] < near and not at_most(m, x, -near):
        return False
    return m[x + LO] <= -near or at_least(m, x, near)
