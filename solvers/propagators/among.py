"""A literal holds iff x is one of some values.

Consistency: domain, for a listed x; bounds over an interval.

Arguments: literal (variable, value), x, n, then n values in rising order.
"""

from __future__ import annotations

from ..compiled import Memory, inlined, kernel
from ..domains import at_least, at_most, contains, first_from, following, remove
from ..literals import FALSE, TRUE, decide, truth
from ..memory import ARGUMENTS, HI, LO, WORDS


@kernel
def among(m: Memory, p: int) -> bool:
    """literal <-> x in values."""
    x, n = m[p + ARGUMENTS + 2], m[p + ARGUMENTS + 3]
    values = p + ARGUMENTS + 4
    known = truth(m, p + ARGUMENTS)
    if known == TRUE:
        return restrict(m, x, values, n)
    if known == FALSE:
        for at in range(values, values + n):
            if not remove(m, x, m[at]):
                return False
        # Backwards as well, for an interval's upper end; kernels have no generators.
        for at in range(values + n - 1, values - 1, -1):  # noqa: SIM110
            if not remove(m, x, m[at]):
                return False
        return True
    alive = 0
    for at in range(values, values + n):
        if contains(m, x, m[at]):
            alive += 1
    if alive == 0:
        return decide(m, p + ARGUMENTS, False)
    if m[x + WORDS] == 0 and alive == m[x + HI] - m[x + LO] + 1:
        return decide(m, p + ARGUMENTS, True)
    if m[x + WORDS]:
        v = m[x + LO]
        while is_in(m, values, n, v):
            if v == m[x + HI]:
                return decide(m, p + ARGUMENTS, True)
            v = following(m, x, v)
    return True


@inlined
def restrict(m: Memory, x: int, values: int, n: int) -> bool:
    """Keep only listed values; of an interval, move the ends onto listed values."""
    i = first_from(m, values, n, m[x + LO])
    if i == n or not at_least(m, x, m[values + i]):
        return False
    i = first_from(m, values, n, m[x + HI])
    if i == n or m[values + i] > m[x + HI]:
        i -= 1
    if i < 0 or not at_most(m, x, m[values + i]):
        return False
    if m[x + WORDS]:
        v = m[x + LO]
        while True:
            last = v == m[x + HI]
            after = v if last else following(m, x, v)
            if not is_in(m, values, n, v) and not remove(m, x, v):
                return False
            if last:
                break
            v = after
    return True


@kernel
def is_in(m: Memory, values: int, n: int, v: int) -> bool:
    """Whether v is listed."""
    i = first_from(m, values, n, v)
    return i < n and m[values + i] == v
