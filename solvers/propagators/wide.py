"""A literal holds iff an expression is at most 0, or 0, where 62 bits do not hold its parts.

The expression is a short program over leaves (variables of 62 bits) that is run on intervals of
numbers of several words (`limbs.py`, `intervals.py`). Holds iff the literal has the truth value of
the comparison. Consistency: the literal is decided when the interval of the expression decides it;
where the literal is known, each end of each leaf agrees with the intervals of the other leaves, as
far as interval evaluation sees (bounds consistency where no leaf occurs twice and no remainder of
an unfixed number is involved). An end that does not is moved by bisection. In an expression with
remainders, where ends may move by one for long, only the first `fine` leaves are treated so, and
other ends move where a sixteenth of the range goes at once. Exact once the leaves are fixed.

Evaluating expressions on intervals: Moore, Interval Analysis (1966); moving ends by refuting parts
of a domain: Lhomme, "Consistency techniques for numeric CSPs" (IJCAI 1993).

Arguments: literal (variable, value), kind of comparison, words of a number, address of the program,
its length in instructions, scratch (three numbers), register of the result, number of leaves, how
many of them are fine, then pairs (leaf, register). A register is two numbers, the ends of an
interval.
"""

from __future__ import annotations

from ..compiled import Memory, kernel
from ..domains import at_least, at_most
from ..events import sleep
from ..intervals import absolute, choose, quotient, rest, times
from ..limbs import add, copy, less, sign, write
from ..literals import FALSE, TRUE, UNKNOWN, decide, truth
from ..memory import ARGUMENTS, HI, LO

AT_MOST = 0  # kinds of comparison with 0
EQUAL = 1

ADD = 0  # instructions: (kind, result, a, b) over registers
MULTIPLY = 1
QUOTIENT = 2  # b >= 1
REST = 3  # the remainder of a modulo |b|; a itself where b is 0
MINIMUM = 4
MAXIMUM = 5
ABSOLUTE = 6  # of a
CHOOSE = 7  # a where the next instruction's a holds, else b
INSTRUCTION = 4


@kernel
def wide(m: Memory, p: int) -> bool:
    """literal <-> comparison of the expression with 0."""
    n = m[p + ARGUMENTS + 3]
    leaves = p + ARGUMENTS + 10
    fine = leaves + 2 * m[p + ARGUMENTS + 9]
    end = leaves + 2 * m[p + ARGUMENTS + 8]
    for at in range(leaves, end, 2):
        x, register = m[at], m[at + 1]
        write(m, register, m[x + LO], n)
        write(m, register + n, m[x + HI], n)
    known = truth(m, p + ARGUMENTS)
    found = verdict(m, p)
    if found != UNKNOWN:
        if known == UNKNOWN:
            if not decide(m, p + ARGUMENTS, found == TRUE):
                return False
        elif known != found:
            return False
        sleep(m, p)
        return True
    if known == UNKNOWN:
        return True
    wrong = FALSE if known == TRUE else TRUE
    for at in range(leaves, end, 2):
        x, register = m[at], m[at + 1]
        lo, hi = m[x + LO], m[x + HI]
        if lo == hi:
            continue
        some = 0 if at < fine else (hi - lo) >> 4
        if part(m, p, register, hi - some, hi) == wrong:
            a, b = lo, hi  # b .. hi is refuted, and the whole is not
            while a < b:
                middle = a + ((b - a) >> 1)
                if part(m, p, register, middle, hi) == wrong:
                    b = middle
                else:
                    a = middle + 1
            if not at_most(m, x, b - 1):
                return False
            hi = m[x + HI]
        if part(m, p, register, lo, lo + min(some, hi - lo)) == wrong:
            a, b = lo, hi  # lo .. a is refuted
            while a < b:
                middle = b - ((b - a) >> 1)
                if part(m, p, register, lo, middle) == wrong:
                    a = middle
                else:
                    b = middle - 1
            if not at_least(m, x, a + 1):
                return False
        write(m, register, m[x + LO], n)
        write(m, register + n, m[x + HI], n)
    return True


@kernel
def part(m: Memory, p: int, register: int, lo: int, hi: int) -> int:
    """What the comparison is where one leaf lies between two values."""
    n = m[p + ARGUMENTS + 3]
    write(m, register, lo, n)
    write(m, register + n, hi, n)
    return verdict(m, p)


@kernel
def verdict(m: Memory, p: int) -> int:
    """What the comparison is under the intervals of the leaves."""
    n = m[p + ARGUMENTS + 3]
    at = m[p + ARGUMENTS + 4]
    end = at + INSTRUCTION * m[p + ARGUMENTS + 5]
    scratch = m[p + ARGUMENTS + 6]
    while at < end:
        kind, d, a, b = m[at], m[at + 1], m[at + 2], m[at + 3]
        if kind == ADD:
            add(m, d, a, b, n)
            add(m, d + n, a + n, b + n, n)
        elif kind == MULTIPLY:
            times(m, d, a, b, scratch, n)
        elif kind == QUOTIENT:
            quotient(m, d, a, b, scratch, n)
        elif kind == REST:
            rest(m, d, a, b, scratch, n)
        elif kind == MINIMUM:
            copy(m, d, a if less(m, a, b, n) else b, n)
            copy(m, d + n, a + n if less(m, a + n, b + n, n) else b + n, n)
        elif kind == MAXIMUM:
            copy(m, d, b if less(m, a, b, n) else a, n)
            copy(m, d + n, b + n if less(m, a + n, b + n, n) else a + n, n)
        elif kind == ABSOLUTE:
            absolute(m, d, a, n)
        else:
            at += INSTRUCTION
            choose(m, d, m[at + 2], a, b, n)
        at += INSTRUCTION
    result = m[p + ARGUMENTS + 7]
    lowest, highest = sign(m, result, n), sign(m, result + n, n)
    if lowest > 0:
        return FALSE
    if m[p + ARGUMENTS + 2] == AT_MOST:
        return TRUE if highest <= 0 else UNKNOWN
    if highest < 0:
        return FALSE
    return TRUE if lowest == 0 and highest == 0 else UNKNOWN
