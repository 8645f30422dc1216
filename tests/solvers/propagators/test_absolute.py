"""Absolute values."""

from __future__ import annotations

from hypothesis import given

from .one_constraint import check_sound, narrowed, quiet, small


@quiet
@given(small(-12, 12), small(-3, 12))
def test_sound(a, z) -> None:
    check_sound(lambda x, y: abs(x) == y, a, z)


def test_gap() -> None:
    assert narrowed(lambda x: abs(x) >= 4, range(-6, 4)) == [[-6, -5, -4]]
    assert narrowed(lambda x: abs(x) <= 1, range(-6, 4)) == [[-1, 0, 1]]
