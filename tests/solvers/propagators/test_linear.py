"""Linear sums: sound, bounds consistent at the root."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from .one_constraint import (
    check_corners,
    check_domain,
    check_sound,
    extreme,
    narrowed,
    quiet,
    small,
)


@quiet
@given(small(), small(), small(), st.tuples(*[st.integers(-4, 4)] * 3), st.integers(-12, 12))
def test_at_most_is_sound(a, b, c, factors, limit) -> None:
    check_sound(lambda *x: sum(f * v for f, v in zip(factors, x, strict=True)) <= limit, a, b, c)


@quiet
@given(small(), small(), small(), st.tuples(*[st.integers(-4, 4)] * 3), st.integers(-12, 12))
def test_equal_is_sound(a, b, c, factors, limit) -> None:
    check_sound(lambda *x: sum(f * v for f, v in zip(factors, x, strict=True)) == limit, a, b, c)


def test_at_most_narrows_bounds() -> None:
    assert narrowed(lambda x, y: 3 * x - 2 * y <= 1, range(10), range(5)) == [
        [0, 1, 2, 3],
        [0, 1, 2, 3, 4],
    ]


def test_equal_narrows_both_ends() -> None:
    assert narrowed(lambda x, y: x + 2 * y == 9, range(6), range(10)) == [
        [1, 2, 3, 4, 5],
        [2, 3, 4],
    ]


def test_equal_lands_on_listed_values() -> None:
    assert narrowed(lambda x, y: x == y, [1, 4, 9], range(3, 8)) == [[4], [4]]


def test_refutes() -> None:
    assert narrowed(lambda x, y: x + y <= 3, range(2, 5), range(2, 5)) is None


@quiet
@given(small(), small(), small(), st.tuples(*[st.integers(-4, 4)] * 3), st.integers(-12, 12))
def test_at_most_is_domain_consistent(a, b, c, factors, limit) -> None:
    check_domain(lambda *x: sum(f * v for f, v in zip(factors, x, strict=True)) <= limit, a, b, c)


@quiet
@given(small(), small(), small(), st.tuples(*[st.sampled_from([-4, -3, -1, 1, 2, 5])] * 3))
def test_equal_is_bounds_consistent_over_the_reals(a, b, c, factors) -> None:
    def residual(*x):
        return sum(f * v for f, v in zip(factors, x, strict=True)) - 2

    check_corners(residual, lambda *x: residual(*x) == 0, a, b, c)


@quiet
@given(extreme(), extreme(), st.sampled_from([1, -1]), st.sampled_from([0, 1, -(2**61)]))
def test_at_the_ends_of_the_words(a, b, sign, limit) -> None:
    check_sound(lambda x, y: x + sign * y <= limit, a, b)
    check_sound(lambda x, y: x + sign * y == limit, a, b)
    check_sound(lambda x, y: (x + sign * y >= limit).iff(x >= 1), a, b)
