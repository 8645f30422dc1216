"""Linear sums: sound, bounds consistent at the root."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from .one_constraint import check_sound, narrowed, quiet, small


@quiet
@given(small(), small(), small(), st.tuples(*[st.integers(-4, 4)] * 3), st.integers(-12, 12))
def test_at_most_is_sound(a, b, c, factors, limit) -> None:
    check_sound(lambda *x: sum(f * v for f, v in zip(factors, x, strict=True)) <= limit, a, b, c)


@quiet
@given(small(), small(), small(), st.tuples(*[st.integers(-4, 4)] * 3), st.integers(-12, 12))
def test_equal_is_sound(a, b, c, factors, limit) -> None:
    check_sound(lambda *x: sum(f * v for f, v in zip(factors, x, strict=True)) == limit, a, b, c)


def test_at_most_narrows_bounds() -> None:
    assert narrowed(lambda x, y: 3 * x - 2 * y <= 1, range(10), range(5)) == [
        [0, 1, 2, 3],
        [0, 1, 2, 3, 4],
    ]


def test_equal_narrows_both_ends() -> None:
    assert narrowed(lambda x, y: x + 2 * y == 9, range(6), range(10)) == [
        [1, 2, 3, 4, 5],
        [2, 3, 4],
    ]


def test_equal_lands_on_listed_values() -> None:
    assert narrowed(lambda x, y: x == y, [1, 4, 9], range(3, 8)) == [[4], [4]]


def test_refutes() -> None:
    assert narrowed(lambda x, y: x + y <= 3, range(2, 5), range(2, 5)) is None
