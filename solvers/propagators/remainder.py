"""r = a - b * floor(a / b), b >= 1.

Holds iff 0 <= r < b and b divides a - r. Consistency: with b fixed, the bounds of a move to the
nearest values whose remainder r allows, and a listed a loses the others; with a fixed, the same for
a listed b. Exact once a and b are fixed.

Arguments: r, a, b.
"""

from __future__ import annotations

from ..compiled import Memory, inlined, kernel
from ..domains import at_least, at_most, contains, following, remove
from ..memory import ARGUMENTS, HI, LO, WORDS


@kernel
def remainder(m: Memory, p: int) -> bool:
    """r = a % b."""
    r, a, b = m[p + ARGUMENTS], m[p + ARGUMENTS + 1], m[p + ARGUMENTS + 2]
    if not (at_least(m, r, 0) and at_most(m, r, m[b + HI] - 1)):
        return False
    if not at_least(m, b, m[r + LO] + 1):
        return False
    if m[b + LO] == m[b + HI]:
        return fixed_divisor(m, r, a, m[b + LO])
    if m[a + LO] >= 0:
        if not at_most(m, r, m[a + HI]):
            return False
        if m[a + HI] < m[b + LO]:  # then r = a
            if not (at_least(m, r, m[a + LO]) and at_most(m, a, m[r + HI])):
                return False
            return at_least(m, a, m[r + LO])
    if m[a + LO] == m[a + HI] and m[b + WORDS]:
        v = m[b + LO]
        while v < m[b + HI]:
            after = following(m, b, v)
            if not contains(m, r, m[a + LO] % v) and not remove(m, b, v):
                return False
            v = after
    return True


@inlined
def fixed_divisor(m: Memory, r: int, a: int, b: int) -> bool:
    """r = a % b for a known b."""
    base = m[a + LO] // b * b
    if m[a + LO] - base > m[r + HI]:
        if base > m[a + HI] - b or not at_least(m, a, base + b + m[r + LO]):
            return False
    elif not at_least(m, a, base + m[r + LO]):
        return False
    base = m[a + HI] // b * b
    if m[a + HI] - base < m[r + LO]:
        if base <= m[a + LO] or not at_most(m, a, base - b + m[r + HI]):
            return False
    elif not at_most(m, a, base + min(m[r + HI], b - 1)):
        return False
    if m[a + WORDS]:
        v = m[a + LO]
        while v < m[a + HI]:
            after = following(m, a, v)
            if not contains(m, r, v % b) and not remove(m, a, v):
                return False
            v = after
    base = m[a + LO] // b * b
    if m[a + HI] - base < b:
        return at_least(m, r, m[a + LO] - base) and at_most(m, r, m[a + HI] - base)
    return True
