"""Remainders."""

from __future__ import annotations

from hypothesis import given

from .one_constraint import check_sound, narrowed, quiet, small


@quiet
@given(small(-20, 30), small(1, 8), small(-2, 9))
def test_sound(a, b, r) -> None:
    check_sound(lambda x, y, z: x % y == z, a, b, r)


def test_listed_dividends_lose_other_remainders() -> None:
    assert narrowed(lambda x: x % 5 == 2, range(20)) == [[2, 7, 12, 17]]


def test_listed_divisors_lose_other_remainders() -> None:
    found = narrowed(lambda y: 17 % y == 2, range(1, 17))
    assert found is not None and found[0][:2] == [3, 5]
