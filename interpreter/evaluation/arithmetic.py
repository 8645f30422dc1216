"""Exact arithmetic on `int` and `Fraction`, with whole results as `int`."""

from __future__ import annotations

from fractions import Fraction
from functools import lru_cache
from math import isqrt
from typing import Any

from ..logarithms import settled


def divide(a: Any, b: Any) -> Any:
    """`a / b`, rational; `b` is not 0."""
    if isinstance(a, int) and isinstance(b, int):
        return a // b if a % b == 0 else Fraction(a, b)
    return whole(a / b)


def remainder(a: Any, b: Any) -> Any:
    """`a % b`, in `0 .. b` without `b`, which is positive."""
    return whole(a % b)


def power(a: Any, b: int) -> Any:
    """`a ^ b`; `a` is not 0 where `b` is negative."""
    return a**b if b >= 0 else divide(1, a**-b)


def divides(a: Any, b: Any) -> bool:
    """Whether some whole q has `b == a * q`."""
    a, b = settled(a), settled(b)
    if a == 0:
        return bool(b == 0)
    return bool(b % a == 0)


def number(a: Any) -> Any:
    """The value that is decided by, as `int` where it is whole."""
    return whole(settled(a))


def whole(a: Any) -> Any:
    """The same number, as `int` where it is whole."""
    return a.numerator if isinstance(a, Fraction) and a.denominator == 1 else a


@lru_cache(maxsize=4096)
def divisors(n: int) -> tuple[int, ...]:
    """All positive divisors, ascending; none of a number below 1.

    Examples
    --------
    >>> divisors(12)
    (1, 2, 3, 4, 6, 12)
    """
    if n < 1:
        return ()
    rest, p = n, 2
    found = [1]
    while rest > 1:
        if p > isqrt(rest):
            p = rest
        powers = [1]
        while rest % p == 0:
            rest //= p
            powers.append(powers[-1] * p)
        if len(powers) > 1:
            found = [d * q for d in found for q in powers]
        p += 1 if p == 2 else 2
    return tuple(sorted(found))
