"""Logarithms as fixed-point numbers with a tracked error bound, in integers only.

A logarithm of a rational is its exact value rounded to the nearest multiple of the resolution
(halves up). Sums keep both parts; a product with such a number is rounded to the resolution again.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from math import floor
from typing import Any, Literal

RESOLUTION = Fraction(1, 10**9)


@lru_cache(maxsize=1 << 16)
def logarithm(
    value: Fraction, base: Literal["e", "2"], resolution: Fraction = RESOLUTION
) -> Fraction:
    """The logarithm of a positive rational, rounded to a multiple of `resolution`.

    Examples
    --------
    >>> logarithm(Fraction(8), "2")
    Fraction(3, 1)
    >>> logarithm(Fraction(2), "e", Fraction(1, 1000))
    Fraction(693, 1000)
    """
    if value <= 0:
        raise ValueError(f"the logarithm of {value} is not defined")
    whole = _whole(value, base)
    if whole is not None:
        return round_to(Fraction(whole), resolution)
    bits = 64
    while True:  # an irrational number is never a tie, so more digits always decide
        lo, hi = _natural(value, bits)
        if base == "2":
            two_lo, two_hi = _natural(Fraction(2), bits)
            lo, hi = min(lo / two_lo, lo / two_hi), max(hi / two_lo, hi / two_hi)
        if round_to(lo, resolution) == round_to(hi, resolution):
            return round_to(lo, resolution)
        bits *= 2


def is_exact(value: Fraction, base: Literal["e", "2"], found: Fraction) -> bool:
    """Whether what was found for a logarithm is its value; all but whole ones are irrational."""
    return _whole(value, base) == found


def round_to(value: Fraction, resolution: Fraction) -> Fraction:
    """The nearest multiple of `resolution`; halves go up."""
    return floor(value / resolution + Fraction(1, 2)) * resolution


def _whole(value: Fraction, base: Literal["e", "2"]) -> int | None:
    """The logarithm of a positive rational where that is whole; no other one is rational."""
    return _power_of_two(value) if base == "2" else (0 if value == 1 else None)


def _power_of_two(value: Fraction) -> int | None:
    """The exponent where `value` is a power of two."""
    up, down = value.numerator, value.denominator
    if up & (up - 1) or down & (down - 1):
        return None
    return up.bit_length() - down.bit_length()


@lru_cache(maxsize=64)
def _natural(value: Fraction, bits: int) -> tuple[Fraction, Fraction]:
    """Bounds of ln(value), 2 ** -bits apart or less.

    With value = m * 2 ** k and m in [2/3, 4/3], ln(value) = 2 atanh((m - 1) / (m + 1)) + k ln 2,
    and ln 2 = 2 atanh(1/3).
    """
    k = value.numerator.bit_length() - value.denominator.bit_length()
    m = value / Fraction(2) ** k
    if m > Fraction(4, 3):
        m, k = m / 2, k + 1
    elif m < Fraction(2, 3):
        m, k = m * 2, k - 1
    guard = bits + abs(k).bit_length() + 8
    one, one_error = _twice_atanh((m - 1) / (m + 1), guard)
    two, two_error = _twice_atanh(Fraction(1, 3), guard)
    middle, error = one + k * two, one_error + abs(k) * two_error
    return Fraction(middle - error, 1 << guard), Fraction(middle + error, 1 << guard)


def _twice_atanh(x: Fraction, bits: int) -> tuple[int, int]:
    """2 atanh(x) for |x| <= 1/3 as a multiple of 2 ** -bits, and a bound of its error in these."""
    power = (x.numerator << bits) // x.denominator
    square = (x.numerator**2 << bits) // x.denominator**2
    total, n = 0, 0
    while power not in (0, -1):
        total += power // (2 * n + 1)
        power = (power * square) >> bits
        n += 1
    return 2 * total, 4 * n + 8  # each floor is off by less than one, twice a term


@dataclass(frozen=True, eq=False)
class Approximate:
    """A number that a logarithm went into: its fixed-point value and a bound of its error.

    Comparisons compare the fixed-point values, which is what the solver decides by.
    """

    value: Fraction
    bound: Fraction
    resolution: Fraction

    @classmethod
    def log(cls, value: Any, base: Literal["e", "2"], resolution: Any) -> Approximate:
        """The logarithm of an exact positive number."""
        step, number = Fraction(resolution), Fraction(value)
        found = logarithm(number, base, step)
        return cls(found, Fraction(0) if is_exact(number, base, found) else step / 2, step)

    def __add__(self, other: Any) -> Approximate:
        value, bound, resolution = _parts(other, self.resolution)
        return Approximate(self.value + value, self.bound + bound, min(self.resolution, resolution))

    __radd__ = __add__

    def __neg__(self) -> Approximate:
        return Approximate(-self.value, self.bound, self.resolution)

    def __sub__(self, other: Any) -> Approximate:
        return self.__add__(-other)

    def __rsub__(self, other: Any) -> Approximate:
        return (-self).__add__(other)

    def __mul__(self, other: Any) -> Approximate:
        value, bound, other_resolution = _parts(other, self.resolution)
        resolution = min(self.resolution, other_resolution)
        product = self.value * value
        rounded = round_to(product, resolution)
        error = abs(self.value) * bound + abs(value) * self.bound + self.bound * bound
        return Approximate(
            rounded, error + (resolution / 2 if rounded != product else 0), resolution
        )

    __rmul__ = __mul__

    def __truediv__(self, other: Any) -> Approximate:
        if not isinstance(other, Approximate):
            return self * (1 / Fraction(other))
        resolution = min(self.resolution, other.resolution)
        exact = self.value / other.value
        rounded = round_to(exact, resolution)
        least = max(abs(other.value) - other.bound, other.resolution)
        error = (self.bound + abs(exact) * other.bound) / least
        return Approximate(rounded, error + (resolution / 2 if rounded != exact else 0), resolution)

    def __rtruediv__(self, other: Any) -> Approximate:
        return Approximate(Fraction(other), Fraction(0), self.resolution) / self

    def __mod__(self, other: Any) -> Approximate:
        _, bound, resolution = _parts(other, self.resolution)
        return Approximate(
            self.value % _value(other), self.bound + bound, min(self.resolution, resolution)
        )

    def __rmod__(self, other: Any) -> Approximate:
        return Approximate(Fraction(other), Fraction(0), self.resolution) % self

    def __pow__(self, exponent: int) -> Any:
        """Multiplied with itself, a round after each product; the exponent is not negative."""
        result: Any = self if exponent else 1
        for _ in range(exponent - 1):
            result = result * self
        return result

    def __floor__(self) -> int:
        return floor(self.value)

    def __ceil__(self) -> int:
        return -floor(-self.value)

    def __abs__(self) -> Approximate:
        return self if self.value >= 0 else -self

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, int | Fraction | Approximate):
            return NotImplemented
        return self.value == _value(other)

    def __lt__(self, other: Any) -> bool:
        return self.value < _value(other)

    def __le__(self, other: Any) -> bool:
        return self.value <= _value(other)

    def __gt__(self, other: Any) -> bool:
        return self.value > _value(other)

    def __ge__(self, other: Any) -> bool:
        return self.value >= _value(other)

    def __hash__(self) -> int:
        return hash(self.value)


def alike(numbers: Sequence[Any]) -> Sequence[Any]:
    """The numbers at their finest resolution if a logarithm is among them, else as they are."""
    steps = [n.resolution for n in numbers if isinstance(n, Approximate)]
    if not steps:
        return numbers
    parts = [_parts(n, min(steps)) for n in numbers]
    return [Approximate(value, bound, min(steps)) for value, bound, _ in parts]


def doubtful(op: str, left: Any, right: Any) -> bool:
    """Whether a comparison may come out otherwise for the true logarithms.

    `==` says that two numbers are the same as they are rounded, which is never in doubt.

    Examples
    --------
    >>> doubtful("<", Approximate.log(2, "e", Fraction(1, 10)), Fraction(3, 4))
    True
    >>> doubtful("<", Approximate.log(2, "e", Fraction(1, 10)), 2)
    False
    """
    error = sum(n.bound for n in (left, right) if isinstance(n, Approximate))
    if not error or op == "==":
        return False
    a, b = _value(left), _value(right)
    if op in (">", ">="):
        a, b = b, a
    if op in ("<", ">"):
        return a - error < b <= a + error
    if op in ("<=", ">="):
        return a - error <= b < a + error
    return a - error <= b <= a + error


def settled(number: Any) -> Any:
    """The fixed-point value of a logarithm; any other value as it is."""
    return number.value if isinstance(number, Approximate) else number


def _parts(number: Any, resolution: Fraction) -> tuple[Fraction, Fraction, Fraction]:
    if isinstance(number, Approximate):
        return number.value, number.bound, number.resolution
    return Fraction(number), Fraction(0), resolution


def _value(number: Any) -> Fraction:
    return number.value if isinstance(number, Approximate) else Fraction(number)
