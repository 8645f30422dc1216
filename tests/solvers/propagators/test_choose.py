"""Choices between two values."""

from __future__ import annotations

from hypothesis import given

from .one_constraint import check_bounds, check_sound, extreme, narrowed, quiet, small


@quiet
@given(small(0, 1), small(), small(), small())
def test_sound(c, a, b, z) -> None:
    check_sound(lambda t, x, y, v: x.problem.choose(t >= 1, x, y) == v, c, a, b, z)


def test_an_impossible_branch_decides() -> None:
    def build(t, x, y):
        return x.problem.choose(t >= 1, x, y) >= 5

    assert narrowed(build, [0, 1], range(3), range(9)) == [[0], [0, 1, 2], [5, 6, 7, 8]]


@quiet
@given(small(0, 1), small(), small(), small())
def test_bounds_consistent(c, a, b, z) -> None:
    check_bounds(lambda t, x, y, v: x.problem.choose(t >= 1, x, y) == v, c, a, b, z)


@quiet
@given(small(0, 1), extreme(), extreme(), extreme())
def test_at_the_ends_of_the_words(c, a, b, z) -> None:
    check_sound(lambda t, x, y, v: x.problem.choose(t >= 1, x, -y) == v, c, a, b, z)
