"""z = a where the condition holds, else b.

Holds iff z is the chosen one. Consistency: bounds; a branch that z cannot equal is ruled out.

Arguments: z, condition, a, b.
"""

from __future__ import annotations

from ..compiled import Memory, kernel
from ..domains import at_least, at_most, fix
from ..memory import ARGUMENTS, HI, LO


@kernel
def choose(m: Memory, p: int) -> bool:
    """z = a if c else b."""
    z, c = m[p + ARGUMENTS], m[p + ARGUMENTS + 1]
    a, b = m[p + ARGUMENTS + 2], m[p + ARGUMENTS + 3]
    if m[c + LO] != m[c + HI]:
        if m[z + HI] < m[a + LO] or m[z + LO] > m[a + HI]:
            if not fix(m, c, 0):
                return False
        elif m[z + HI] < m[b + LO] or m[z + LO] > m[b + HI]:
            if not fix(m, c, 1):
                return False
        else:
            return at_least(m, z, min(m[a + LO], m[b + LO])) and at_most(
                m, z, max(m[a + HI], m[b + HI])
            )
    x = a if m[c + LO] == 1 else b
    return (
        at_least(m, z, m[x + LO])
        and at_most(m, z, m[x + HI])
        and at_least(m, x, m[z + LO])
        and at_most(m, x, m[z + HI])
    )
