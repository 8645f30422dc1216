"""Minimum and maximum."""

from __future__ import annotations

from hypothesis import given

from .one_constraint import check_bounds, check_sound, extreme, narrowed, quiet, small


@quiet
@given(small(), small(), small(), small())
def test_maximum_is_sound(a, b, c, z) -> None:
    check_sound(lambda x, y, w, v: x.problem.maximum([x, y, w]) == v, a, b, c, z)


@quiet
@given(small(), small(), small(), small())
def test_minimum_is_sound(a, b, c, z) -> None:
    check_sound(lambda x, y, w, v: x.problem.minimum([x, y, w]) == v, a, b, c, z)


def test_the_only_one_that_can_takes_the_bound() -> None:
    def build(x, y):
        return x.problem.maximum([x, y]) >= 7

    assert narrowed(build, range(5), range(10)) == [[0, 1, 2, 3, 4], [7, 8, 9]]


@quiet
@given(small(), small(), small())
def test_bounds_consistent(a, b, z) -> None:
    check_bounds(lambda x, y, v: x.problem.maximum([x, y]) == v, a, b, z)
    check_bounds(lambda x, y, v: x.problem.minimum([x, y]) == v, a, b, z)


@quiet
@given(extreme(), extreme(), extreme())
def test_at_the_ends_of_the_words(a, b, z) -> None:
    check_sound(lambda x, y, v: x.problem.maximum([x, y]) == v, a, b, z)
    check_sound(lambda x, y, v: x.problem.minimum([x, -y]) == v, a, b, z)
