"""Powers."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from .one_constraint import check_sound, narrowed, quiet, small


@quiet
@given(small(), small(-30, 60), st.integers(2, 4))
def test_sound(a, z, exponent) -> None:
    check_sound(lambda x, y: x**exponent == y, a, z)


def test_even_powers_leave_a_gap() -> None:
    assert narrowed(lambda x: x**2 >= 10, range(-5, 4)) == [[-5, -4]]


def test_roots() -> None:
    assert narrowed(lambda x, y: x**3 == y, range(-9, 10), range(-30, 9)) == [
        [-3, -2, -1, 0, 1, 2],
        list(range(-27, 9)),
    ]


def test_large_roots_are_exact() -> None:
    r = 2_147_483_000
    assert narrowed(lambda x: x**2 == r * r, range(r - 9, r + 9)) == [[r]]
    assert narrowed(lambda x: x**2 == r * r + 1, range(r - 9, r + 9)) is None
