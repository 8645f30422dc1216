"""A literal holds iff factor * x + offset takes a different value for each of n terms.

Consistency where it holds: the value of a fixed term leaves the listed domains of all others (and
the ends of intervals). Undecided or false: decided once two terms are equal or all are fixed.

Arguments: literal (variable, value), n, cell with the number of terms already used up (they come
first), then n triples (variable, factor, offset), which the propagator permutes.
"""

from __future__ import annotations

from ..compiled import Memory, inlined, kernel
from ..domains import remove
from ..literals import TRUE, decide, truth
from ..memory import ARGUMENTS, HI, LO, WORDS
from ..trail import put

TERMS = ARGUMENTS + 5


@kernel
def all_different(m: Memory, p: int) -> bool:
    """literal <-> all terms differ."""
    if truth(m, p + ARGUMENTS) != TRUE:
        return undecided(m, p)
    n, cell, terms = m[p + ARGUMENTS + 2], p + ARGUMENTS + 3, p + TERMS
    done = m[cell]
    i = done
    while i < n:
        x = m[terms + 3 * i]
        if m[x + LO] != m[x + HI]:
            i += 1
            continue
        swap(m, terms + 3 * i, terms + 3 * done)
        v = m[x + LO] * m[terms + 3 * done + 1] + m[terms + 3 * done + 2]
        if m[x + WORDS] == 0 and is_taken(m, terms, done, v):
            return False  # an interval could not give the value up before
        done += 1
        again = i + 1
        for j in range(done, n):
            y = m[terms + 3 * j]
            rest = v - m[terms + 3 * j + 2]
            factor = m[terms + 3 * j + 1]
            if rest % factor == 0:
                if not remove(m, y, rest // factor):
                    return False
                if j < again and m[y + LO] == m[y + HI]:
                    again = j  # a term already passed became fixed
        i = max(again, done)
    if done != m[cell]:
        put(m, cell, done)
    return True


@inlined
def is_taken(m: Memory, terms: int, done: int, v: int) -> bool:
    """Whether one of the terms already used up has the value v."""
    for j in range(done):
        if m[m[terms + 3 * j] + LO] * m[terms + 3 * j + 1] + m[terms + 3 * j + 2] == v:
            return True
    return False


@inlined
def swap(m: Memory, a: int, b: int) -> None:
    """Exchange two triples."""
    for k in range(3):
        word = m[a + k]
        m[a + k] = m[b + k]
        m[b + k] = word


@inlined
def undecided(m: Memory, p: int) -> bool:
    """Decide the literal where the fixed terms do."""
    n, terms = m[p + ARGUMENTS + 2], p + TERMS
    free = False
    for i in range(n):
        x = m[terms + 3 * i]
        if m[x + LO] != m[x + HI]:
            free = True
            continue
        v = m[x + LO] * m[terms + 3 * i + 1] + m[terms + 3 * i + 2]
        for j in range(i + 1, n):
            y = m[terms + 3 * j]
            if m[y + LO] == m[y + HI] and (
                m[y + LO] * m[terms + 3 * j + 1] + m[terms + 3 * j + 2] == v
            ):
                return decide(m, p + ARGUMENTS, False)
    return free or decide(m, p + ARGUMENTS, True)
