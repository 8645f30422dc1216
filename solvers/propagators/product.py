"""z = x1 * ... * xn for positive integers.

Holds iff z is the product. Consistency: bounds over the reals; exact for the last open one; where z
is fixed, every listed factor keeps only values that divide what the fixed factors leave of z; where
one factor is left, z keeps only multiples of the others' product.

Where z may pass TOP_VALUE that value stands for itself and anything larger: it narrows no factor.

Arguments: n, z, then n factors (a factor may appear more than once).
"""

from __future__ import annotations

from ..arithmetic import ceiling, times
from ..compiled import Memory, inlined, kernel
from ..domains import at_least, at_most, contains, fix, following, remove
from ..memory import ARGUMENTS, HI, LARGEST, LO, TOP_VALUE, WORDS

# How many values of an interval are tried before its ends are left as they are.
TRIES = 32


@kernel
def product(m: Memory, p: int) -> bool:
    """z is the product of positive factors."""
    n = m[p + ARGUMENTS]
    z = m[p + ARGUMENTS + 1]
    first = p + ARGUMENTS + 2
    least = most = fixed = 1
    unfixed = 0
    last = 0
    for at in range(first, first + n):
        x = m[at]
        lo, hi = m[x + LO], m[x + HI]
        least = times(least, lo)
        most = times(most, hi)
        if lo == hi:
            fixed = times(fixed, lo)
        else:
            unfixed += 1
            last = x
    if not (at_least(m, z, min(least, TOP_VALUE)) and at_most(m, z, most)):
        return False
    if unfixed == 0:
        return fix(m, z, min(fixed, TOP_VALUE))
    if unfixed == 1:
        return last_factor(m, z, last, fixed)
    for at in range(first, first + n):
        x = m[at]
        lo, hi = m[x + LO], m[x + HI]
        if lo == hi:
            continue
        if most < LARGEST:
            others = most // hi
        else:
            others = 1
            for other in range(first, first + n):
                if other != at:
                    others = times(others, m[m[other] + HI])
        if times(lo, others) < m[z + LO] and not at_least(m, x, ceiling(m[z + LO], others)):
            return False
        if m[z + HI] < TOP_VALUE and not at_most(m, x, m[z + HI] // (least // lo)):
            return False
        # Bounds that moved make the others' bounds here stale, not wrong: the event runs us again.
        least = times(least // lo, m[x + LO])
        if most < LARGEST:
            most = others * m[x + HI]
    if m[z + LO] == m[z + HI] and m[z + HI] < TOP_VALUE:
        rest = m[z + LO] // fixed
        if rest * fixed != m[z + LO]:
            return False
        for at in range(first, first + n):
            x = m[at]
            if m[x + LO] != m[x + HI] and not keep_divisors(m, x, rest):
                return False
    return True


@inlined
def last_factor(m: Memory, z: int, x: int, fixed: int) -> bool:
    """z = x * fixed."""
    if not at_least(m, x, ceiling(m[z + LO], fixed)):
        return False
    if m[z + HI] == TOP_VALUE:
        return at_least(m, z, min(times(m[x + LO], fixed), TOP_VALUE)) and at_most(
            m, z, times(m[x + HI], fixed)
        )
    if not at_most(m, x, m[z + HI] // fixed):
        return False
    if fixed > 1 and m[z + WORDS]:
        v = m[z + LO]
        while v < m[z + HI]:
            after = following(m, z, v)
            if (v % fixed != 0 or not contains(m, x, v // fixed)) and not remove(m, z, v):
                return False
            v = after
    if m[x + WORDS]:
        v = m[x + LO]
        while v < m[x + HI]:
            after = following(m, x, v)
            if not contains(m, z, v * fixed) and not remove(m, x, v):
                return False
            v = after
        if not contains(m, z, m[x + HI] * fixed) and not remove(m, x, m[x + HI]):
            return False
    return at_least(m, z, m[x + LO] * fixed) and at_most(m, z, m[x + HI] * fixed)


@kernel
def keep_divisors(m: Memory, x: int, n: int) -> bool:
    """Keep the values of x that divide n, for x and n positive; of an interval, move the ends."""
    if not at_most(m, x, n):
        return False
    if m[x + WORDS]:
        v = m[x + LO]
        while v < m[x + HI]:
            after = following(m, x, v)
            if n % v != 0 and not remove(m, x, v):
                return False
            v = after
        return n % m[x + HI] == 0 or remove(m, x, m[x + HI])
    # An end moves to a divisor or not at all: moving on its way there would run this again.
    end = m[x + LO]
    for _ in range(TRIES):
        if n % end == 0:
            if not at_least(m, x, end):
                return False
            break
        # No divisor lies strictly between n // (q + 1) and n // q.
        end = max(end + 1, ceiling(n, n // end))
        if end > m[x + HI]:
            return False
    end = m[x + HI]
    for _ in range(TRIES):
        if n % end == 0:
            return at_most(m, x, end)
        end = n // (n // end + 1)
        if end < m[x + LO]:
            return False
    return True
