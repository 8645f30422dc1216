"""z = max(x1, ..., xn), or min as the maximum of negated values.

Holds iff z is the extremum. Consistency: bounds; the only x that can still reach z takes its bound.

Arguments: n, sign (1: max, -1: min), z, then n variables.
"""

from __future__ import annotations

from ..compiled import Memory, inlined, kernel
from ..domains import at_least, at_most
from ..memory import ARGUMENTS, HI, LO


@kernel
def extremum(m: Memory, p: int) -> bool:
    """sign * z = max(sign * x)."""
    n, sign, z = m[p + ARGUMENTS], m[p + ARGUMENTS + 1], m[p + ARGUMENTS + 2]
    first = p + ARGUMENTS + 3
    low, high = lower(m, m[first], sign), upper(m, m[first], sign)
    for at in range(first + 1, first + n):
        low = max(low, lower(m, m[at], sign))
        high = max(high, upper(m, m[at], sign))
    if not (lift(m, z, sign, low) and lift(m, z, -sign, -high)):
        return False
    low, high = lower(m, z, sign), upper(m, z, sign)
    able = 0
    count = 0
    for at in range(first, first + n):
        x = m[at]
        if not lift(m, x, -sign, -high):
            return False
        if upper(m, x, sign) >= low:
            able = x
            count += 1
    if count == 0:
        return False
    return count > 1 or lift(m, able, sign, low)


@inlined
def lower(m: Memory, x: int, sign: int) -> int:
    """The lower bound of sign * x."""
    return m[x + LO] if sign > 0 else -m[x + HI]


@inlined
def upper(m: Memory, x: int, sign: int) -> int:
    """The upper bound of sign * x."""
    return m[x + HI] if sign > 0 else -m[x + LO]


@kernel
def lift(m: Memory, x: int, sign: int, v: int) -> bool:
    """sign * x >= v."""
    return at_least(m, x, v) if sign > 0 else at_most(m, x, -v)
