"""Products of any sign."""

from __future__ import annotations

from hypothesis import example, given

from .one_constraint import check_corners, check_sound, extreme, narrowed, quiet, small


@quiet
@given(small(), small(), small(-40, 60))
def test_sound(a, b, z) -> None:
    check_sound(lambda x, y, v: x * y == v, a, b, z)


@quiet
@given(small(), small(), small())
def test_three_factors_are_sound(a, b, c) -> None:
    check_sound(lambda x, y, z: x * y * z <= 5, a, b, c)


def test_signs() -> None:
    assert narrowed(lambda x, y: x * y >= 5, range(-3, 4), range(2, 4)) == [[2, 3], [2, 3]]


def test_division_by_a_range_without_zero() -> None:
    assert narrowed(lambda x, y: x * y == -12, range(-20, 21), [3, 4]) == [[-4, -3], [3, 4]]


@quiet
@example([-1, 2], [-2, 3], [3])  # y is no less than -2, so x = -1 is too small
@example([-2, 1], [-3, 2], [-3])
@given(small(), small(), small(-40, 60))
def test_bounds_consistent_over_the_reals(a, b, z) -> None:
    check_corners(lambda x, y, v: x * y - v, lambda x, y, v: x * y == v, a, b, z)


@quiet
@given(extreme(), extreme(), extreme())
def test_at_the_ends_of_the_words(a, b, z) -> None:
    check_sound(lambda x, y, v: x * y == v, a, b, z)
    check_sound(lambda x, y, v: x * y <= v, a, b, z)
    check_sound(lambda x, y, v: x * y * v >= 2**62, a, b, z)
