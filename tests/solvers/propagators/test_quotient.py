"""Floored quotients."""

from __future__ import annotations

from hypothesis import given

from .one_constraint import (
    check_bounds,
    check_last,
    check_sound,
    extreme,
    narrowed,
    quiet,
    runs,
    small,
)


@quiet
@given(small(-20, 30), small(1, 8), small(-20, 30))
def test_sound(a, b, q) -> None:
    check_sound(lambda x, y, z: x // y == z, a, b, q)


def test_bounds() -> None:
    assert narrowed(lambda x, y: x // y == 3, range(40), range(2, 4)) == [
        list(range(6, 12)),
        [2, 3],
    ]
    assert narrowed(lambda y: 100 // y >= 12, range(1, 50)) == [list(range(1, 9))]


@quiet
@given(runs(-20, 30), runs(1, 8), runs(-20, 30))
def test_bounds_consistent(a, b, q) -> None:
    check_bounds(lambda x, y, z: x // y == z, a, b, q)
    check_last(lambda x, y, z: x // y == z, a, b, q)


@quiet
@given(extreme(), extreme(1), extreme())
def test_at_the_ends_of_the_words(a, b, q) -> None:
    check_sound(lambda x, y, z: x // y == z, a, b, q)
    check_sound(lambda x, y, z: x // y <= z, a, b, q)
