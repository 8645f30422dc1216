"""The values of a choice as integers of the solver, and back."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise

from ..values import Enumerator, Value
from .numbers import common_scale


@dataclass(frozen=True, eq=False)
class Coding:
    """A choice's values: numbers over their common divisor, names by position.

    Attributes
    ----------
    numbers : range or tuple of int
        In rising order, as the variable has them.
    scale : Fraction
        What one step of a numeric choice is worth, in base units.
    names : mapping or None
        Enumerators or truth values by position; None for numbers.
    """

    numbers: range | tuple[int, ...]
    scale: Fraction = Fraction(1)
    names: Mapping[int, Value] | None = None

    def decode(self, number: int) -> Value:
        """The value that an integer of the solver stands for."""
        return self.scale * number if self.names is None else self.names[number]

    def encode(self, value: Value) -> int | None:
        """The solver's integer for a value; None if the domain does not have it."""
        if self.names is not None:
            return next(
                (n for n, v in self.names.items() if v == value and type(v) is type(value)), None
            )
        if not isinstance(value, Fraction):
            return None
        steps = value / self.scale
        whole = steps.denominator == 1 and steps.numerator in self.numbers
        return steps.numerator if whole else None

    def values(self) -> tuple[Value, ...]:
        """All values, rising."""
        return tuple(self.decode(n) for n in self.numbers)


def spaced(lo: Fraction, hi: Fraction, step: Fraction) -> Coding | None:
    """The coding of `lo .. hi step s`, whose values need not be listed; None if it is empty."""
    steps = (hi - lo) // step
    if steps < 0:
        return None
    scale = common_scale([lo, step]) if steps else abs(lo) or Fraction(1)
    first, by = int(lo / scale), int(step / scale) if steps else 1
    return Coding(range(first, first + by * steps + 1, by), scale)


def listed(values: Collection[Value]) -> Coding | None:
    """The coding of some values; None if there are none."""
    numbers = [v for v in values if isinstance(v, Fraction)]
    if numbers:
        scale = common_scale(numbers)
        return Coding(_evenly(sorted({int(v / scale) for v in numbers})), scale)
    names = {v.position if isinstance(v, Enumerator) else int(bool(v)): v for v in values}
    return Coding(tuple(sorted(names)), names=names) if names else None


def _evenly(rising: Sequence[int]) -> range | tuple[int, ...]:
    """Even steps as a range, which the solver keeps as bounds."""
    if len(rising) > 2:
        step = rising[1] - rising[0]
        if all(b - a == step for a, b in pairwise(rising)):
            return range(rising[0], rising[-1] + 1, step)
    return tuple(rising)
