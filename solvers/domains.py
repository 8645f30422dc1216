"""Domains: an interval for every variable, and a bit set over a list of values for some.

A listed value is alive while its bit is set and it lies within the interval; the ends of the
interval are always alive. Each function that narrows returns False when nothing would be left.
"""

from __future__ import annotations

from .compiled import Memory, inlined, kernel, leading_zeros, trailing_zeros
from .events import notify
from .memory import (
    COUNT,
    FIRST,
    FIXED,
    HI,
    HOLE,
    LO,
    LOWER,
    STEP,
    UPPER,
    VALUES,
    WORDS,
)
from .trail import put


@inlined
def value_at(m: Memory, x: int, i: int) -> int:
    """The i-th value of a listed variable."""
    step = m[x + STEP]
    if step:
        return m[x + FIRST] + i * step
    return m[m[x + VALUES] + i]


@kernel
def first_from(m: Memory, values: int, n: int, v: int) -> int:
    """Index of the first value that is at least v."""
    lo, hi = 0, n
    while lo < hi:
        mid = (lo + hi) >> 1
        if m[values + mid] < v:
            lo = mid + 1
        else:
            hi = mid
    return lo


@kernel
def index_from(m: Memory, x: int, v: int) -> int:
    """Index of the first listed value that is at least v."""
    step = m[x + STEP]
    if step == 1:
        return v - m[x + FIRST]
    if step:
        return -((m[x + FIRST] - v) // step)  # rounded up; no sum here may pass 63 bits
    return first_from(m, m[x + VALUES], m[x + COUNT], v)


@kernel
def alive_from(m: Memory, x: int, i: int) -> int:
    """The first index from i on whose bit is set; there must be one."""
    words = m[x + WORDS]
    k = i >> 6
    word = (m[words + 2 * k] >> (i & 63)) << (i & 63)
    while word == 0:
        k += 1
        word = m[words + 2 * k]
    return (k << 6) + trailing_zeros(word)


@kernel
def alive_until(m: Memory, x: int, i: int) -> int:
    """The last index up to i whose bit is set; there must be one."""
    words = m[x + WORDS]
    k = i >> 6
    word = m[words + 2 * k] << (63 - (i & 63))
    if word:
        return i - leading_zeros(word)
    while word == 0:
        k -= 1
        word = m[words + 2 * k]
    return (k << 6) + 63 - leading_zeros(word)


@kernel
def at_least(m: Memory, x: int, v: int) -> bool:
    """Remove every value below v."""
    if v <= m[x + LO]:
        return True
    if v > m[x + HI]:
        return False
    if m[x + WORDS]:
        v = value_at(m, x, alive_from(m, x, index_from(m, x, v)))
    put(m, x + LO, v)
    notify(m, x, LOWER | FIXED if v == m[x + HI] else LOWER)
    return True


@kernel
def at_most(m: Memory, x: int, v: int) -> bool:
    """Remove every value above v."""
    if v >= m[x + HI]:
        return True
    if v < m[x + LO]:
        return False
    if m[x + WORDS]:
        v = value_at(m, x, alive_until(m, x, index_from(m, x, v + 1) - 1))
    put(m, x + HI, v)
    notify(m, x, UPPER | FIXED if v == m[x + LO] else UPPER)
    return True


@kernel
def contains(m: Memory, x: int, v: int) -> bool:
    """Whether v is alive."""
    if v < m[x + LO] or v > m[x + HI]:
        return False
    words = m[x + WORDS]
    if words == 0:
        return True
    i = index_from(m, x, v)
    return value_at(m, x, i) == v and (m[words + 2 * (i >> 6)] >> (i & 63)) & 1 == 1


@kernel
def fix(m: Memory, x: int, v: int) -> bool:
    """Leave only v."""
    if m[x + LO] == v and m[x + HI] == v:
        return True
    return contains(m, x, v) and at_least(m, x, v) and at_most(m, x, v)


@kernel
def remove(m: Memory, x: int, v: int) -> bool:
    """Take v away; inside an interval without a list that cannot be stored and is left out."""
    if v < m[x + LO] or v > m[x + HI]:
        return True
    if v == m[x + LO]:
        return at_least(m, x, v + 1)
    if v == m[x + HI]:
        return at_most(m, x, v - 1)
    words = m[x + WORDS]
    if words:
        i = index_from(m, x, v)
        cell = words + 2 * (i >> 6)
        if value_at(m, x, i) == v and (m[cell] >> (i & 63)) & 1 == 1:
            put(m, cell, m[cell] ^ (1 << (i & 63)))
            notify(m, x, HOLE)
    return True


@kernel
def following(m: Memory, x: int, v: int) -> int:
    """The least living value above v, for v below the upper bound."""
    if m[x + WORDS] == 0:
        return v + 1
    return value_at(m, x, alive_from(m, x, index_from(m, x, v + 1)))


@kernel
def size(m: Memory, x: int) -> int:
    """The number of living values."""
    words = m[x + WORDS]
    if words == 0:
        return m[x + HI] - m[x + LO] + 1
    first, last = index_from(m, x, m[x + LO]), index_from(m, x, m[x + HI])
    n = 0
    for k in range(first >> 6, (last >> 6) + 1):
        word = m[words + 2 * k]
        if k == first >> 6:
            word = (word >> (first & 63)) << (first & 63)
        if k == last >> 6:
            word = word << (63 - (last & 63))
        while word:
            word &= word - 1
            n += 1
    return n


@kernel
def keep(m: Memory, x: int, support: int) -> bool:
    """Intersect a listed variable with the bit set at `support` (one word after the other)."""
    words = m[x + WORDS]
    first, last = index_from(m, x, m[x + LO]), index_from(m, x, m[x + HI])
    changed = False
    alive = False
    for k in range(first >> 6, (last >> 6) + 1):
        word = m[words + 2 * k]
        kept = word & m[support + k]
        if kept != word:
            put(m, words + 2 * k, kept)
            changed = True
        if k == first >> 6:
            kept = (kept >> (first & 63)) << (first & 63)
        if k == last >> 6:
            kept = kept << (63 - (last & 63))
        alive = alive or kept != 0
    if not alive:
        return False
    if changed:
        events = HOLE
        lo = value_at(m, x, alive_from(m, x, first))
        if lo != m[x + LO]:
            put(m, x + LO, lo)
            events |= LOWER
        hi = value_at(m, x, alive_until(m, x, last))
        if hi != m[x + HI]:
            put(m, x + HI, hi)
            events |= UPPER
        if lo == hi:
            events |= FIXED
        notify(m, x, events)
    return True
