"""Integers of several words: what the engine computes with where 62 bits do not hold a number.

A number is `n` words of 31 bits each, the least first, in two's complement: everything is taken
modulo 2 ** (31 n), so sums and products are right whenever their true value fits, whatever
happens in between. How many words suffice is proved when a problem is compiled.
"""

from __future__ import annotations

from .compiled import Memory, kernel

BITS = 31
BASE = 1 << BITS
MASK = BASE - 1
SIGN = 1 << (BITS - 1)
MOST = 16  # words of a number; 495 bits and a sign


def words_of(value: int, n: int) -> list[int]:
    """The words of a Python integer."""
    return [(value >> (BITS * i)) & MASK for i in range(n)]


def words_for(magnitude: int) -> int:
    """How many words hold every number up to a magnitude, and its negation."""
    return magnitude.bit_length() // BITS + 1


@kernel
def write(m: Memory, d: int, value: int, n: int) -> None:
    """d = value, a number of 63 bits."""
    for i in range(n):
        m[d + i] = value & MASK
        value >>= BITS


@kernel
def copy(m: Memory, d: int, a: int, n: int) -> None:
    """d = a."""
    for i in range(n):
        m[d + i] = m[a + i]


@kernel
def sign(m: Memory, a: int, n: int) -> int:
    """-1, 0 or 1."""
    if m[a + n - 1] & SIGN:
        return -1
    word = 0
    for i in range(n):
        word |= m[a + i]
    return 1 if word else 0


@kernel
def less(m: Memory, a: int, b: int, n: int) -> bool:
    """a < b."""
    x, y = m[a + n - 1] ^ SIGN, m[b + n - 1] ^ SIGN
    i = n - 1
    while x == y and i > 0:
        i -= 1
        x, y = m[a + i], m[b + i]
    return x < y


@kernel
def add(m: Memory, d: int, a: int, b: int, n: int) -> None:
    """d = a + b."""
    carry = 0
    for i in range(n):
        carry += m[a + i] + m[b + i]
        m[d + i] = carry & MASK
        carry >>= BITS


@kernel
def negate(m: Memory, d: int, a: int, n: int) -> None:
    """d = -a."""
    carry = 1
    for i in range(n):
        carry += m[a + i] ^ MASK
        m[d + i] = carry & MASK
        carry >>= BITS


@kernel
def multiply(m: Memory, d: int, a: int, b: int, n: int) -> None:
    """d = a * b; d is neither a nor b."""
    for i in range(n):
        m[d + i] = 0
    for i in range(n):
        word = m[a + i]
        if word == 0:
            continue
        carry = 0
        for j in range(n - i):
            carry += m[d + i + j] + word * m[b + j]
            m[d + i + j] = carry & MASK
            carry >>= BITS


@kernel
def divide(m: Memory, d: int, a: int, b: int, rest: int, n: int) -> None:
    """d = floor(a / b) for b >= 1, bit by bit; `rest` is overwritten; d may be a."""
    flip = MASK if sign(m, a, n) < 0 else 0  # floor(a / b) = ~(~a // b) for negative a
    for i in range(n):
        m[rest + i] = 0
    for i in range(n - 1, -1, -1):
        word = m[a + i] ^ flip
        quotient = 0
        for bit in range(BITS - 1, -1, -1):
            carry = (word >> bit) & 1
            for k in range(n):
                carry |= m[rest + k] << 1
                m[rest + k] = carry & MASK
                carry >>= BITS
            if not less(m, rest, b, n):
                borrow = 0
                for k in range(n):
                    borrow += m[rest + k] - m[b + k]
                    m[rest + k] = borrow & MASK
                    borrow >>= BITS
                quotient |= 1 << bit
        m[d + i] = quotient ^ flip
