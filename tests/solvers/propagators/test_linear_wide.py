"""Linear sums past 62 bits on one side."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from .one_constraint import check_sound, extreme, narrowed, quiet, small

LARGE = [1, 2**31, 2**41]


@quiet
@given(small(1, 9), small(1, 9), st.integers(-9, 30), st.sampled_from([1, -1]))
def test_a_saturating_product_is_decided(a, b, limit, sign) -> None:
    check_sound(lambda x, y, u, v: sign * (x * u * v) - 3 * y <= limit, a, b, LARGE, LARGE)


@quiet
@given(small(1, 9), small(1, 9), st.integers(-9, 30))
def test_a_saturating_product_equals_nothing_small(a, b, limit) -> None:
    check_sound(lambda x, y, u, v: x * u * v - 3 * y == limit, a, b, LARGE, LARGE)


def test_narrows_what_keeps_the_sum_small() -> None:
    wide = range(1, 2**21)

    def build(x, y, z):
        return (x * y * z) * 8 - x <= 100

    found = narrowed(build, wide, wide, wide)
    assert found is not None
    assert max(found[1]) <= 14 and max(found[2]) <= 14


def test_a_negative_side_past_62_bits_holds() -> None:
    wide = range(2**20, 2**21)
    found = narrowed(lambda x, y, z, u: u - x * y * z * 64 <= 0, wide, wide, wide, range(4))
    assert found is not None and found[3] == [0, 1, 2, 3]


@quiet
@given(extreme(1), extreme(1), extreme(), st.sampled_from([1, -1]))
def test_at_the_ends_of_the_words(a, b, c, sign) -> None:
    check_sound(lambda x, y, z: sign * x * y <= sign * z, a, b, c)
    check_sound(lambda x, y, z: sign * x * y + 4 * z <= 2**62, a, b, c)
