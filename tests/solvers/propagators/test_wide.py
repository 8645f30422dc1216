"""Expressions past 62 bits."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from .one_constraint import check_bounds, check_sound, narrowed, quiet, small

FAR = 2**70


@quiet
@given(small(), small(), small(), st.tuples(*[st.integers(-4, 4)] * 3), st.integers(-12, 12))
def test_sums_are_sound(a, b, c, factors, limit) -> None:
    def total(*x):
        return sum(f * FAR * v for f, v in zip(factors, x, strict=True)) - limit * FAR + x[0]

    check_sound(lambda *x: total(*x) <= 0, a, b, c)
    check_sound(lambda *x: total(*x) == 0, a, b, c)


@quiet
@given(small(), small(), small(0, 1))
def test_products_under_logic_are_sound(a, b, c) -> None:
    check_sound(lambda x, y, t: (x * y * FAR - y * FAR <= x).iff(t >= 1), a, b, c)
    check_sound(lambda x, y, t: (x * y * FAR == 4 * FAR).iff(t >= 1), a, b, c)


@quiet
@given(small(), small(), st.integers(-9, 9))
def test_at_most_is_bounds_consistent_where_no_variable_comes_twice(a, b, limit) -> None:
    check_bounds(lambda x, y: FAR * x - (FAR + 1) * y <= limit * FAR, a, b)


@quiet
@given(small(-9, 12), small(1, 9), small(-2, 9))
def test_quotients_and_remainders_are_sound(a, b, z) -> None:
    check_sound(lambda x, y, v: (x * FAR + 5) % (y + 1) == v, a, b, z)
    check_sound(lambda x, y, v: (x * FAR) // (y * FAR) == v, a, b, z)
    check_sound(lambda x, y, v: y.divides(x * FAR + v), a, b, z)
    check_sound(lambda x, y, v: (v * x * FAR).divides(y * FAR), a, b, z)


@quiet
@given(small(), small(), small())
def test_extrema_choices_and_absolute_values_are_sound(a, b, z) -> None:
    check_sound(lambda x, y, v: abs(x * FAR - y) <= v * FAR, a, b, z)
    check_sound(lambda x, y, v: x.problem.maximum([x * FAR, y, v * FAR + 1]) >= FAR, a, b, z)
    check_sound(lambda x, y, v: x.problem.choose(x >= y, v * FAR, y) == y, a, b, z)


def test_ends_move_at_once_to_where_they_belong() -> None:
    assert narrowed(lambda x: x * x * FAR <= 50 * FAR, range(60)) == [list(range(8))]
    found = narrowed(lambda x: x * FAR >= 10**6 * FAR - 1, range(10**7))
    assert found is not None and (found[0][0], found[0][-1]) == (10**6, 10**7 - 1)
