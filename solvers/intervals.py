"""Intervals of integers of several words (`limbs.py`): the least, and n words on, the largest.

Each function gives an interval that holds every result of numbers from its arguments, the smallest
one but for remainders. Results go to other places than the arguments.
"""

from __future__ import annotations

from .compiled import Memory, kernel
from .limbs import add, copy, divide, less, multiply, negate, sign, write


@kernel
def times(m: Memory, d: int, a: int, b: int, scratch: int, n: int) -> None:
    """d = a * b."""
    multiply(m, d, a, b, n)
    copy(m, d + n, d, n)
    for corner in range(1, 4):
        multiply(m, scratch, a + (corner & 1) * n, b + (corner >> 1) * n, n)
        if less(m, scratch, d, n):
            copy(m, d, scratch, n)
        elif less(m, d + n, scratch, n):
            copy(m, d + n, scratch, n)


@kernel
def quotient(m: Memory, d: int, a: int, b: int, scratch: int, n: int) -> None:
    """d = floor(a / b)."""
    divide(m, d, a, b if sign(m, a, n) < 0 else b + n, scratch, n)
    divide(m, d + n, a + n, b + n if sign(m, a + n, n) < 0 else b, scratch, n)


@kernel
def rest(m: Memory, d: int, a: int, b: int, scratch: int, n: int) -> None:
    """d = a modulo |b|, or a where b is 0."""
    absolute(m, scratch + n, b, n)  # takes the second and third number of the scratch
    low, high = scratch + n, scratch + 2 * n
    if sign(m, high, n) == 0:
        copy(m, d, a, 2 * n)
        return
    if sign(m, low, n) != 0 and not less(m, low, high, n):  # one divisor
        divide(m, d, a, low, scratch, n)
        divide(m, d + n, a + n, low, scratch, n)
        if not less(m, d, d + n, n):  # and one quotient
            multiply(m, scratch, d, low, n)
            negate(m, scratch, scratch, n)
            add(m, d, a, scratch, n)
            add(m, d + n, a + n, scratch, n)
            return
    may_be_itself = sign(m, low, n) == 0
    write(m, d, 0, n)
    write(m, d + n, -1, n)
    add(m, d + n, d + n, high, n)
    if sign(m, a, n) >= 0 and less(m, a + n, d + n, n):
        copy(m, d + n, a + n, n)
    if may_be_itself:
        if sign(m, a, n) < 0:
            copy(m, d, a, n)
        if less(m, d + n, a + n, n):
            copy(m, d + n, a + n, n)


@kernel
def absolute(m: Memory, d: int, a: int, n: int) -> None:
    """d = |a|, for d other than a."""
    if sign(m, a, n) >= 0:
        copy(m, d, a, 2 * n)
        return
    negate(m, d + n, a, n)
    if sign(m, a + n, n) < 0:
        negate(m, d, a + n, n)
        return
    write(m, d, 0, n)
    if less(m, d + n, a + n, n):
        copy(m, d + n, a + n, n)


@kernel
def choose(m: Memory, d: int, c: int, a: int, b: int, n: int) -> None:
    """d = a where c holds, else b."""
    if sign(m, c, n) != 0:
        copy(m, d, a, 2 * n)
    elif sign(m, c + n, n) == 0:
        copy(m, d, b, 2 * n)
    else:
        copy(m, d, a if less(m, a, b, n) else b, n)
        copy(m, d + n, b + n if less(m, a + n, b + n, n) else a + n, n)
