"""Products of positive factors."""

from __future__ import annotations

import pytest
from hypothesis import given

from archwright.solvers.instance import Instance
from archwright.solvers.search import Search

from .one_constraint import (
    check_corners,
    check_last,
    check_sound,
    extreme,
    narrowed,
    quiet,
    small,
    state,
)


@quiet
@given(small(1, 12), small(1, 12), small(1, 12), small(1, 60))
def test_sound(a, b, c, z) -> None:
    check_sound(lambda x, y, w, v: x * y * w == v, a, b, c, z)


def test_fixed_product_keeps_divisors() -> None:
    found = narrowed(lambda x, y: x * y == 36, range(1, 40), range(2, 40))
    assert found is not None
    assert found[0] == [1, 2, 3, 4, 6, 9, 12, 18]


def test_fixed_factors_are_divided_out() -> None:
    found = narrowed(lambda x, y, z: x * y * z == 36, [4], range(1, 40), range(1, 40))
    assert found == [[4], [1, 3, 9], [1, 3, 9]]


def test_last_factor_keeps_multiples() -> None:
    def build(x, six, z):
        x.problem.require(six <= 6)
        return x * six == z

    assert narrowed(build, range(1, 20), [6, 7], [5, 6, 7, 12, 13, 18, 24]) == [
        [1, 2, 3, 4],
        [6],
        [6, 12, 18, 24],
    ]


def test_bounds() -> None:
    assert narrowed(lambda x, y: x * y <= 20, range(3, 30), range(2, 30)) == [
        list(range(3, 11)),
        list(range(2, 7)),
    ]


@quiet
@given(small(1, 12), small(1, 12), small(1, 60))
def test_bounds_consistent_over_the_reals(a, b, z) -> None:
    check_corners(lambda x, y, v: x * y - v, lambda x, y, v: x * y == v, a, b, z)


@quiet
@given(small(1, 12), small(1, 12), small(1, 60))
def test_the_last_open_factor_is_exact(a, b, z) -> None:
    check_last(lambda x, y, v: x * y == v, a, b, z)


@quiet
@given(extreme(1), extreme(1), extreme(1), extreme(1))
def test_at_the_ends_of_the_words(a, b, c, z) -> None:
    check_sound(lambda x, y, v: x * y == v, a, b, z)
    check_sound(lambda x, y, w, v: x * y * w <= v, a, b, c, z)
    check_sound(lambda x, y, w, v: x * y * w >= v, a, b, c, z)


@pytest.mark.parametrize("n", [1, 7, 36, 360, 2310, 9973, 10_000])
def test_divisors_in_intervals(n: int) -> None:
    far = range(1, 100_000)  # not kept as a list of values
    p = state(lambda x, y: x * y == n, far, far)
    divisors = [(d, n // d) for d in range(1, n + 1) if n % d == 0]
    assert [tuple(row) for row in Search(Instance.ask(p)).all().tolist()] == divisors
    some = state(lambda x, y: x * y == n, range(2, 5000), far)
    kept = [(d, e) for d, e in divisors if 2 <= d < 5000]
    assert [tuple(row) for row in Search(Instance.ask(some)).all().tolist()] == kept
