"""Products of positive factors."""

from __future__ import annotations

from hypothesis import given

from .one_constraint import check_sound, narrowed, quiet, small


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
