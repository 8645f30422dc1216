"""z = x * y for integers of any sign.

Holds iff z is the product. Consistency: bounds over the reals; exact once two of the three are
fixed, except that x * 0 = 0 leaves x free.

Arguments: z, x, y (which may be the same variable).
"""

from __future__ import annotations

from ..arithmetic import ceiling, times
from ..compiled import Memory, kernel
from ..domains import at_least, at_most, remove
from ..memory import ARGUMENTS, HI, LO


@kernel
def signed_product(m: Memory, p: int) -> bool:
    """z = x * y."""
    z, x, y = m[p + ARGUMENTS], m[p + ARGUMENTS + 1], m[p + ARGUMENTS + 2]
    a = times(m[x + LO], m[y + LO])
    b = times(m[x + LO], m[y + HI])
    c = times(m[x + HI], m[y + LO])
    d = times(m[x + HI], m[y + HI])
    if not at_least(m, z, min(min(a, b), min(c, d))):
        return False
    if not at_most(m, z, max(max(a, b), max(c, d))):
        return False
    return factor(m, z, x, y) and factor(m, z, y, x)


@kernel
def factor(m: Memory, z: int, x: int, y: int) -> bool:
    """Narrow x by z = x * y."""
    lo, hi = m[z + LO], m[z + HI]
    zero = lo <= 0 <= hi
    if not zero and not (remove(m, y, 0) and remove(m, x, 0)):
        return False
    if m[y + LO] <= 0 <= m[y + HI]:
        if zero:
            return True
        far = max(abs(lo), abs(hi))  # y is not 0, so |x| <= |z|
        if not (at_least(m, x, -far) and at_most(m, x, far)):
            return False
        least = min(abs(lo), abs(hi))
        above, below = ceiling(least, m[y + HI]), ceiling(least, -m[y + LO])
        if hi < 0:
            above, below = below, above
        if m[x + HI] < above and not at_most(m, x, -below):  # x is -below or less, or above or more
            return False
        return m[x + LO] <= -below or at_least(m, x, above)
    if m[y + LO] > 0:
        low, high = m[y + LO], m[y + HI]
    else:
        low, high = -m[y + HI], -m[y + LO]
        lo, hi = -hi, -lo
    least = ceiling(lo, high if lo >= 0 else low)
    most = hi // (low if hi >= 0 else high)
    return at_least(m, x, least) and at_most(m, x, most)
