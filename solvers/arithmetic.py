"""Integer arithmetic for propagators; what could leave 64 bits saturates at +-LARGEST."""

from __future__ import annotations

from .compiled import inlined, kernel
from .memory import LARGEST

# Above this a product of floats may stand for an integer product of LARGEST or more.
_SURE = float(LARGEST) * 0.99


@kernel
def times(a: int, b: int) -> int:
    """a * b, or +-LARGEST where that is larger."""
    if abs(float(a) * float(b)) < _SURE:
        return a * b
    if a == 0 or b == 0:
        return a * 0
    limit = LARGEST // abs(a)
    if abs(b) <= limit:
        return a * b
    return LARGEST if (a > 0) == (b > 0) else -LARGEST


@inlined
def ceiling(a: int, b: int) -> int:
    """The least integer that is at least a / b, for b > 0."""
    return -((-a) // b)


@kernel
def raised(a: int, exponent: int) -> int:
    """a to a power, or +-LARGEST where that is larger."""
    result = a
    for _ in range(exponent - 1):
        result = times(result, a)
    return result


@kernel
def root(a: int, exponent: int) -> int:
    """The largest r with r ** exponent <= a, for a >= 0."""
    r = int(float(a) ** (1.0 / float(exponent)))
    while r > 0 and raised(r, exponent) > a:
        r -= 1
    while raised(r + 1, exponent) <= a:
        r += 1
    return r
