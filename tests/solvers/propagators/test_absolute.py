"""Absolute values."""

from __future__ import annotations

from hypothesis import given

from .one_constraint import check_bounds, check_sound, extreme, narrowed, quiet, runs, small


@quiet
@given(small(-12, 12), small(-3, 12))
def test_sound(a, z) -> None:
    check_sound(lambda x, y: abs(x) == y, a, z)


def test_gap() -> None:
    assert narrowed(lambda x: abs(x) >= 4, range(-6, 4)) == [[-6, -5, -4]]
    assert narrowed(lambda x: abs(x) <= 1, range(-6, 4)) == [[-1, 0, 1]]


@quiet
@given(runs(-12, 12), runs(-3, 12))
def test_bounds_consistent(a, z) -> None:
    check_bounds(lambda x, y: abs(x) == y, a, z)


@quiet
@given(extreme(), extreme())
def test_at_the_ends_of_the_words(a, z) -> None:
    check_sound(lambda x, y: abs(x) == y, a, z)
