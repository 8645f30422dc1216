"""Logarithms by integers: rounded right, with a bound that holds."""

from __future__ import annotations

import math
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archwright.interpreter.logarithms import Approximate, logarithm, round_to

POSITIVE = st.fractions(min_value=Fraction(1, 10**6), max_value=10**6).filter(lambda x: x > 0)
RESOLUTIONS = st.sampled_from([Fraction(1, 10**9), Fraction(1, 1000), Fraction(1, 7), Fraction(2)])


@given(POSITIVE, st.sampled_from(["e", "2"]), RESOLUTIONS)
def test_close_to_floating_point(value: Fraction, base: str, resolution: Fraction) -> None:
    found = logarithm(value, base, resolution)  # type: ignore[arg-type]
    assert (found / resolution).denominator == 1
    expected = math.log(value) if base == "e" else math.log2(value)
    assert abs(float(found) - expected) <= float(resolution) / 2 + 1e-11


@pytest.mark.parametrize(
    ("value", "base", "resolution", "expected"),
    [
        (Fraction(1), "e", Fraction(1, 10**9), Fraction(0)),
        (Fraction(8), "2", Fraction(1, 10**9), Fraction(3)),
        (Fraction(1, 32), "2", Fraction(1), Fraction(-5)),
        (Fraction(8), "2", Fraction(2), Fraction(4)),  # a tie: 1.5 steps, halves go up
        (Fraction(1, 8), "2", Fraction(2), Fraction(-2)),
        # 40 digits of ln 2 and log2 10, from tables
        (Fraction(2), "e", Fraction(1, 10**40),
         Fraction(6931471805599453094172321214581765680755, 10**40)),
        (Fraction(10), "2", Fraction(1, 10**40),
         Fraction(33219280948873623478703194294893901758648, 10**40)),
    ],
)  # fmt: skip
def test_known_values(value: Fraction, base: str, resolution: Fraction, expected: Fraction) -> None:
    assert logarithm(value, base, resolution) == expected  # type: ignore[arg-type]


def test_there_is_none_of_zero() -> None:
    with pytest.raises(ValueError, match="logarithm of 0"):
        logarithm(Fraction(0), "e")


@given(POSITIVE, POSITIVE, st.fractions(min_value=-100, max_value=100, max_denominator=1000))
def test_bounds_hold_through_arithmetic(a: Fraction, b: Fraction, factor: Fraction) -> None:
    step = Fraction(1, 1000)
    x, y = Approximate.log(a, "e", step), Approximate.log(b, "2", step)
    true = (math.log(a) + 3) * float(factor) - math.log2(b) * math.log(a)
    found = (x + 3) * factor - y * x
    assert abs(float(found.value) - true) <= float(found.bound) + 1e-9 * (1 + abs(true))


@given(st.fractions(max_denominator=10**6), RESOLUTIONS)
def test_rounding_is_to_the_nearest_multiple(value: Fraction, resolution: Fraction) -> None:
    found = round_to(value, resolution)
    assert (found / resolution).denominator == 1
    assert -resolution / 2 <= value - found < resolution / 2
