"""Powers."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from .one_constraint import check_sound, extreme, narrowed, quiet, runs, small


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


@quiet
@given(runs(), runs(-30, 60), st.integers(2, 4))
def test_bounds_of_the_root(a, z, exponent) -> None:
    check_sound(lambda x, y: x**exponent == y, a, z)
    found = narrowed(lambda x, y: x**exponent == y, a, z)
    if found is not None:
        powers = [v**exponent for v in (found[0][0], found[0][-1])]
        assert all(found[1][0] <= v <= found[1][-1] for v in powers)


@quiet
@given(extreme(), extreme(), st.integers(2, 4))
def test_at_the_ends_of_the_words(a, z, exponent) -> None:
    check_sound(lambda x, y: x**exponent == y, a, z)
    check_sound(lambda x, y: x**exponent <= y, a, z)
    check_sound(lambda x, y: (x**exponent >= 2**89).iff(y >= 2), a, z)
