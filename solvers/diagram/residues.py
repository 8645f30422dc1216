"""Exact counts of any size in columns of 64-bit numbers.

A count is held by its remainders: the first column modulo 2**64, where machine arithmetic wraps by
itself, the others modulo primes below 2**31. Together they tell it (Chinese remainder theorem).
"""

from __future__ import annotations

from collections.abc import Sequence
from math import prod

import numpy as np
from numpy.typing import NDArray

Residues = NDArray[np.uint64]

# the 20 largest primes below 2**31, as differences from it
BELOW = "1 19 61 69 85 99 105 151 159 171 225 249 295 325 379 399 411 469 477 511"
PRIMES = tuple(2**31 - int(below) for below in BELOW.split())
MOST = 2**64 * prod(PRIMES)


def moduli(most: int) -> tuple[int, ...]:
    """The moduli that tell the numbers 0 .. most apart.

    Raises
    ------
    OverflowError
        If there are not enough primes.
    """
    if most >= MOST:
        raise OverflowError("a count of more than 680 bits")
    reach, used = 2**64, 0
    while reach <= most:
        reach *= PRIMES[used]
        used += 1
    return (0, *PRIMES[:used])  # 0 stands for 2**64


def reduce(columns: Residues, over: Sequence[int]) -> Residues:
    """Bring every column back below its modulus."""
    for i, m in enumerate(over):
        if m:
            columns[..., i] %= np.uint64(m)
    return columns


def number(columns: Residues, over: Sequence[int]) -> int:
    """The number with these remainders."""
    result, reach = 0, 1
    for value, m in zip(columns.tolist(), over, strict=True):
        modulus = m or 2**64
        step = (value - result) * pow(reach, -1, modulus) % modulus
        result += reach * step
        reach *= modulus
    return result
