"""Remainders."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from .one_constraint import check_bounds, check_last, check_sound, extreme, narrowed, quiet, small


@quiet
@given(small(-20, 30), small(1, 8), small(-2, 9))
def test_sound(a, b, r) -> None:
    check_sound(lambda x, y, z: x % y == z, a, b, r)


def test_listed_dividends_lose_other_remainders() -> None:
    assert narrowed(lambda x: x % 5 == 2, range(20)) == [[2, 7, 12, 17]]


def test_listed_divisors_lose_other_remainders() -> None:
    found = narrowed(lambda y: 17 % y == 2, range(1, 17))
    assert found is not None and found[0][:2] == [3, 5]


@quiet
@given(small(-20, 30), st.integers(1, 8), small(-2, 9))
def test_bounds_consistent_for_a_known_divisor(a, b, r) -> None:
    check_bounds(lambda x, z: x % b == z, a, r)
    check_last(lambda x, z: x % b == z, a, r)


@quiet
@given(extreme(), extreme(1), extreme())
def test_at_the_ends_of_the_words(a, b, r) -> None:
    check_sound(lambda x, y, z: x % y == z, a, b, r)
    check_sound(lambda x, z: x % b[0] >= z, a, r)
