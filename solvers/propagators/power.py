"""y = x ** exponent, exponent >= 2, x of any sign.

Holds iff y is the power. Consistency: bounds over the reals, with the gap around 0 of even
exponents where one of its sides is empty.

Where y may pass TOP_VALUE (x is positive then) that value stands for itself and anything larger.

Arguments: y, x, exponent.
"""

from __future__ import annotations

from ..arithmetic import raised, root
from ..compiled import Memory, kernel
from ..domains import at_least, at_most
from ..memory import ARGUMENTS, HI, LO, TOP_VALUE


@kernel
def power(m: Memory, p: int) -> bool:
    """y = x ** exponent."""
    y, x, exponent = m[p + ARGUMENTS], m[p + ARGUMENTS + 1], m[p + ARGUMENTS + 2]
    if exponent % 2 == 1 or m[x + LO] >= 0:
        return (
            at_least(m, y, min(raised(m[x + LO], exponent), TOP_VALUE))
            and at_most(m, y, raised(m[x + HI], exponent))
            and at_least(m, x, -floor_root(-m[y + LO], exponent))
            and (m[y + HI] == TOP_VALUE or at_most(m, x, floor_root(m[y + HI], exponent)))
        )
    lo, hi = m[x + LO], m[x + HI]
    nearest = 0 if hi >= 0 else -hi
    if not at_least(m, y, raised(nearest, exponent)):
        return False
    if not at_most(m, y, raised(max(-lo, hi), exponent)):
        return False
    far = root(m[y + HI], exponent)
    if not (at_least(m, x, -far) and at_most(m, x, far)):
        return False
    near = -floor_root(-m[y + LO], exponent)
    if m[x + HI] < near and not at_most(m, x, -near):
        return False
    return m[x + LO] <= -near or at_least(m, x, near)


@kernel
def floor_root(a: int, exponent: int) -> int:
    """The largest r with r ** exponent <= a, where negative r count as for odd exponents."""
    if a >= 0:
        return root(a, exponent)
    r = root(-a, exponent)
    return -r if raised(r, exponent) == -a else -r - 1
