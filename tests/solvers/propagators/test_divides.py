"""Divisibility."""

from __future__ import annotations

from hypothesis import given

from .one_constraint import check_last, check_sound, extreme, narrowed, quiet, small


@quiet
@given(small(-9, 12), small(-20, 30))
def test_sound(a, b) -> None:
    check_sound(lambda x, y: x.divides(y), a, b)


@quiet
@given(small(-9, 12), small(-20, 30))
def test_negation_is_sound(a, b) -> None:
    check_sound(lambda x, y: ~x.divides(y), a, b)


@quiet
@given(small(-9, 12), small(-20, 30), small(0, 1))
def test_under_logic_is_sound(a, b, c) -> None:
    check_sound(lambda x, y, z: x.divides(y).iff(z >= 1), a, b, c)


@quiet
@given(small(1, 6), small(1, 6), small(1, 40))
def test_divisor_products_are_sound(a, b, c) -> None:
    check_sound(lambda x, y, z: (x * y * 2).divides(z), a, b, c)


def test_divisors_and_multiples() -> None:
    assert narrowed(lambda x: x.divides(12), range(1, 20)) == [[1, 2, 3, 4, 6, 12]]
    assert narrowed(lambda x: x.problem.divides(4, x), range(1, 20)) == [[4, 8, 12, 16]]


def test_listed_sides_support_each_other() -> None:
    assert narrowed(lambda x, y: x.divides(y), [4, 6, 14], [7, 8, 11, 12, 13]) == [[4, 6], [8, 12]]


def test_zero_divides_only_zero() -> None:
    assert narrowed(lambda x, y: x.divides(y), [0], range(-2, 3)) == [[0], [0]]


@quiet
@given(small(-9, 12), small(-20, 30))
def test_the_last_open_side_is_exact(a, b) -> None:
    check_last(lambda x, y: x.divides(y), a, b)
    check_last(lambda x, y: ~x.divides(y), a, b)


@quiet
@given(extreme(), extreme())
def test_at_the_ends_of_the_words(a, b) -> None:
    check_last(lambda x, y: x.divides(y), a, b)
    check_last(lambda x, y: ~x.divides(y), a, b)
    check_sound(lambda x, y: x.divides(y).iff(x >= 1), a, b)
