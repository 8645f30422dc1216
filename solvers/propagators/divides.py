"""A literal holds iff some whole q has b = a * q (0 divides only 0).

Consistency where it holds: with one side fixed, a listed other side keeps only divisors or
multiples and an interval gets the nearest ones as ends (up to 32 steps off); both listed, each
value of `a` needs a multiple within the bounds of b and, where both lists are short, each value of
b a divisor. Undecided or false: decided once a and b are fixed, earlier where one side rules the
other out.

Arguments: literal (variable, value), a, b.
"""

from __future__ import annotations

from ..arithmetic import ceiling
from ..compiled import Memory, inlined, kernel
from ..domains import at_least, at_most, contains, fix, following, remove, size
from ..literals import FALSE, TRUE, decide, truth
from ..memory import ARGUMENTS, HI, LO, WORDS
from .product import TRIES, keep_divisors

# Products of list lengths up to which each value of b looks for a divisor among those of a.
SHORT = 1024


@kernel
def divides(m: Memory, p: int) -> bool:
    """literal <-> a divides b."""
    a, b = m[p + ARGUMENTS + 2], m[p + ARGUMENTS + 3]
    known = truth(m, p + ARGUMENTS)
    if m[a + LO] == m[a + HI] and m[b + LO] == m[b + HI]:
        return decide(m, p + ARGUMENTS, divides_value(m[a + LO], m[b + LO]))
    if known == TRUE:
        return hold(m, a, b)
    if m[b + LO] == 0 and m[b + HI] == 0:
        return decide(m, p + ARGUMENTS, True)
    if m[a + LO] == m[a + HI]:
        v = abs(m[a + LO])
        if v == 1:
            return decide(m, p + ARGUMENTS, True)
        if v == 0 and not contains(m, b, 0):
            return decide(m, p + ARGUMENTS, False)
        if v > 1 and ceiling(m[b + LO], v) > m[b + HI] // v:
            return decide(m, p + ARGUMENTS, False)
    far = max(abs(m[b + LO]), abs(m[b + HI]))
    if not contains(m, b, 0) and (m[a + LO] > far or m[a + HI] < -far):
        return decide(m, p + ARGUMENTS, False)
    if known == FALSE:
        return avoid(m, a, b)
    return True


@inlined
def divides_value(a: int, b: int) -> bool:
    """Whether the number a divides the number b."""
    return b % a == 0 if a != 0 else b == 0


@inlined
def hold(m: Memory, a: int, b: int) -> bool:
    """Narrow by: a divides b."""
    if m[a + LO] == 0 and m[a + HI] == 0:
        return fix(m, b, 0)
    if m[b + LO] > 0 or m[b + HI] < 0:
        far = max(abs(m[b + LO]), abs(m[b + HI]))
        if not (remove(m, a, 0) and at_least(m, a, -far) and at_most(m, a, far)):
            return False
    if m[a + LO] == m[a + HI]:
        return multiples(m, b, abs(m[a + LO]))
    if m[b + LO] == m[b + HI]:
        if m[a + LO] > 0 and m[b + LO] != 0:
            return keep_divisors(m, a, abs(m[b + LO]))
        return m[b + LO] == 0 or listed_divisors(m, a, m[b + LO])
    if m[a + LO] > 0 and m[b + LO] > 0:
        if not at_least(m, b, m[a + LO]):
            return False
        if m[a + WORDS]:
            return supported(m, a, b)
    return True


@inlined
def multiples(m: Memory, b: int, v: int) -> bool:
    """Keep the multiples of v >= 1."""
    if v == 0:
        return fix(m, b, 0)
    if not (at_least(m, b, ceiling(m[b + LO], v) * v) and at_most(m, b, m[b + HI] // v * v)):
        return False
    if m[b + WORDS]:
        w = m[b + LO]
        while w < m[b + HI]:
            after = following(m, b, w)
            if w % v != 0 and not remove(m, b, w):
                return False
            w = after
        return m[b + HI] % v == 0 or remove(m, b, m[b + HI])
    return True


@inlined
def listed_divisors(m: Memory, a: int, n: int) -> bool:
    """Keep the divisors of n != 0 among the values of any sign of a listed variable."""
    if m[a + WORDS] == 0:
        return trimmed(m, a, n, False)
    v = m[a + LO]
    while True:
        last = v == m[a + HI]
        after = v if last else following(m, a, v)
        if not divides_value(v, n) and not remove(m, a, v):
            return False
        if last:
            return True
        v = after


@kernel
def trimmed(m: Memory, a: int, n: int, divisors: bool) -> bool:
    """Move the ends of a short interval off what divides n != 0, or off what does not."""
    if m[a + HI] - m[a + LO] > TRIES:
        return True
    for _ in range(TRIES):
        if divides_value(m[a + LO], n) != divisors:
            break
        if not at_least(m, a, m[a + LO] + 1):
            return False
    for _ in range(TRIES):
        if divides_value(m[a + HI], n) != divisors:
            break
        if not at_most(m, a, m[a + HI] - 1):
            return False
    return True


@inlined
def supported(m: Memory, a: int, b: int) -> bool:
    """Remove values without a partner, for positive a and b, a listed."""
    v = m[a + LO]
    while True:
        last = v == m[a + HI]
        after = v if last else following(m, a, v)
        if m[b + HI] // v * v < m[b + LO] and not remove(m, a, v):
            return False
        if last:
            break
        v = after
    if m[b + WORDS] == 0 or size(m, a) * size(m, b) > SHORT:
        return True
    w = m[b + LO]
    while True:
        last = w == m[b + HI]
        after = w if last else following(m, b, w)
        v = m[a + LO]
        while w % v != 0 and v < m[a + HI]:
            v = following(m, a, v)
        if w % v != 0 and not remove(m, b, w):
            return False
        if last:
            return True
        w = after


@inlined
def avoid(m: Memory, a: int, b: int) -> bool:
    """Narrow by: a does not divide b, one of them fixed."""
    if m[a + LO] == m[a + HI]:
        if m[b + WORDS] == 0:
            v = m[a + LO]
            if m[b + HI] - m[b + LO] > TRIES:  # or two conditions could creep along it
                return True
            if divides_value(v, m[b + LO]) and not at_least(m, b, m[b + LO] + 1):
                return False
            return not divides_value(v, m[b + HI]) or at_most(m, b, m[b + HI] - 1)
        w = m[b + LO]
        while True:
            last = w == m[b + HI]
            after = w if last else following(m, b, w)
            if divides_value(m[a + LO], w) and not remove(m, b, w):
                return False
            if last:
                return True
            w = after
    if m[b + LO] == m[b + HI]:
        if m[a + WORDS] == 0:
            return trimmed(m, a, m[b + LO], True)
        v = m[a + LO]
        while True:
            last = v == m[a + HI]
            after = v if last else following(m, a, v)
            if divides_value(v, m[b + LO]) and not remove(m, a, v):
                return False
            if last:
                return True
            v = after
    return True
