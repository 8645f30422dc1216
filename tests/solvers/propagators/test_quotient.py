"""Floored quotients."""

from __future__ import annotations

from hypothesis import given

from .one_constraint import check_sound, narrowed, quiet, small


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
