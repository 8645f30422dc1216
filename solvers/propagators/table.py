"""The variables x1, ..., xn take the values of one row of a table.

Holds iff some row equals the variables. Consistency: domain for listed variables, bounds for
intervals, by simple tabular reduction (Ullmann 2007): the rows that still match are kept as a
prefix of an array, whose length is trailed.

Arguments: n, address of the rows (n pairs of value and list index each), cell with the number of
living rows, address of the permuted row addresses, then n pairs (variable, address of scratch).
"""

from __future__ import annotations

from ..compiled import Memory, inlined, kernel
from ..domains import at_least, at_most, keep
from ..memory import ARGUMENTS, COUNT, HI, LARGEST, LO, WORDS
from ..trail import put

COLUMNS = ARGUMENTS + 5


@kernel
def table(m: Memory, p: int) -> bool:
    """Some row equals the variables."""
    n, cell, order = m[p + ARGUMENTS], p + ARGUMENTS + 2, m[p + ARGUMENTS + 4]
    columns = p + COLUMNS
    clear(m, columns, n)
    alive = m[cell]
    i = 0
    while i < alive:
        row = m[order + i]
        if matches(m, columns, n, row):
            collect(m, columns, n, row)
            i += 1
        else:
            alive -= 1
            m[order + i] = m[order + alive]
            m[order + alive] = row
    if alive == 0:
        return False
    if alive != m[cell]:
        put(m, cell, alive)
    for at in range(columns, columns + 2 * n, 2):
        x, scratch = m[at], m[at + 1]
        if m[x + WORDS]:
            if not keep(m, x, scratch):
                return False
        elif not (at_least(m, x, m[scratch]) and at_most(m, x, m[scratch + 1])):
            return False
    return True


@inlined
def clear(m: Memory, columns: int, n: int) -> None:
    """Empty the scratch: a bit set for a listed variable, bounds for an interval."""
    for at in range(columns, columns + 2 * n, 2):
        x, scratch = m[at], m[at + 1]
        if m[x + WORDS]:
            for k in range((m[x + COUNT] + 63) >> 6):
                m[scratch + k] = 0
        else:
            m[scratch] = LARGEST
            m[scratch + 1] = -LARGEST


@inlined
def matches(m: Memory, columns: int, n: int, row: int) -> bool:
    """Whether every value of a row is alive."""
    for c in range(n):
        x = m[columns + 2 * c]
        v = m[row + 2 * c]
        if v < m[x + LO] or v > m[x + HI]:
            return False
        if m[x + WORDS]:
            i = m[row + 2 * c + 1]
            if (m[m[x + WORDS] + 2 * (i >> 6)] >> (i & 63)) & 1 == 0:
                return False
    return True


@inlined
def collect(m: Memory, columns: int, n: int, row: int) -> None:
    """Add the values of a row to the scratch."""
    for c in range(n):
        x, scratch = m[columns + 2 * c], m[columns + 2 * c + 1]
        if m[x + WORDS]:
            i = m[row + 2 * c + 1]
            m[scratch + (i >> 6)] |= 1 << (i & 63)
        else:
            v = m[row + 2 * c]
            m[scratch] = min(m[scratch], v)
            m[scratch + 1] = max(m[scratch + 1], v)
